package dev.rivulet.ops.demo;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the example sentences in a rule file of LanguageTool.
 *
 * <p>An {@code <example correction="a|b">} is a wrong sentence. Replacing its {@code <marker>} by
 * the first correction gives the right one. An empty correction means that there is no suggestion.
 * Entities of the file's own DTD are resolved. Nothing outside the file is fetched.
 */
final class GrammarExamples {
  /** A remark of the author at the end of a sentence: {@code [Missing noun.]} */
  private static final Pattern REMARK = Pattern.compile("\\s*\\[[^\\]]*]$");

  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  /**
   * A wrong sentence and the right one.
   *
   * @param rule id of its rule
   */
  record Example(String rule, String wrong, String right) {}

  private final XMLStreamReader xml;
  private final Deque<String> rules = new ArrayDeque<>();
  private final List<Example> examples = new ArrayList<>();

  private GrammarExamples(XMLStreamReader xml) {
    this.xml = xml;
  }

  /**
   * Returns the examples with a correction that changes them, in the order of the file.
   *
   * @param file name of the file, for errors
   * @throws IOException when it is not well-formed XML
   */
  static List<Example> read(String file, InputStream in) throws IOException {
    try {
      XMLStreamReader xml = factory().createXMLStreamReader(in);
      GrammarExamples reader = new GrammarExamples(xml);
      while (xml.hasNext()) {
        reader.handle(xml.next());
      }
      return reader.examples;
    } catch (XMLStreamException e) {
      throw new UsageException(
          "%s, line %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNumber(),
                  String.valueOf(e.getMessage()).lines().reduce((a, b) -> b).orElse("")),
          e);
    }
  }

  private static XMLInputFactory factory() {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setXMLResolver(
        (publicId, systemId, base, namespace) -> {
          throw new XMLStreamException("refers to " + systemId + ", outside the file");
        });
    // The file exceeds Java's default limits for the expansion of entities.
    for (String limit :
        List.of("entityExpansionLimit", "totalEntitySizeLimit", "maxGeneralEntitySizeLimit")) {
      factory.setProperty("jdk.xml." + limit, Integer.toString(50_000_000));
    }
    return factory;
  }

  private void handle(int event) throws XMLStreamException {
    if (event == XMLStreamConstants.START_ELEMENT) {
      String element = xml.getLocalName();
      if (isRule(element)) {
        String id = xml.getAttributeValue(null, "id");
        rules.push(id == null ? rule() : id);
      } else if (element.equals("example")) {
        String correction = xml.getAttributeValue(null, "correction");
        example(correction).ifPresent(examples::add);
      }
    } else if (event == XMLStreamConstants.END_ELEMENT && isRule(xml.getLocalName())) {
      rules.pop();
    }
  }

  private static boolean isRule(String element) {
    return element.equals("rule") || element.equals("rulegroup");
  }

  private String rule() {
    return rules.isEmpty() ? "" : rules.element();
  }

  /** Reads up to the end of the example. */
  private Optional<Example> example(@Nullable String correction) throws XMLStreamException {
    StringBuilder wrong = new StringBuilder();
    StringBuilder right = new StringBuilder();
    int markers = 0;
    int depth = 1;
    boolean inMarker = false;
    String first = correction == null ? "" : correction.split("\\|", -1)[0];
    while (depth > 0) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        depth++;
        inMarker = xml.getLocalName().equals("marker");
        if (inMarker) {
          markers++;
          right.append(first);
        }
      } else if (event == XMLStreamConstants.END_ELEMENT) {
        depth--;
        inMarker = false;
      } else if (event == XMLStreamConstants.CHARACTERS || event == XMLStreamConstants.SPACE) {
        wrong.append(xml.getText());
        if (!inMarker) {
          right.append(xml.getText());
        }
      }
    }
    Example example = new Example(rule(), sentence(wrong), sentence(right));
    return markers == 1 && !first.isBlank() && !example.wrong.equals(example.right)
        ? Optional.of(example)
        : Optional.empty();
  }

  private static String sentence(StringBuilder text) {
    return REMARK.matcher(SPACES.matcher(text).replaceAll(" ").strip()).replaceFirst("");
  }
}
