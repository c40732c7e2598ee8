package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.ops.demo.GrammarExamples.Example;
import dev.rivulet.schemas.failure.UsageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrammarExamplesTest {

  @Test
  void read_corrections_replaceTheMarker() throws Exception {
    assertThat(
            read(
                """
                <rulegroup id="ITS" name="its">
                  <rule><pattern><token>its</token></pattern>
                    <message>Did you mean <suggestion>it's</suggestion>?</message>
                    <example correction="it's|It's">I think <marker>its</marker> fine.</example>
                    <example>I think it's fine.</example>
                  </rule>
                </rulegroup>
                <rule id="A_AN">
                  <example correction='an'>This is <marker>a</marker>
                      apple &amp; a pear.</example>
                </rule>
                """))
        .containsExactly(
            new Example("ITS", "I think its fine.", "I think it's fine."),
            new Example("A_AN", "This is a apple & a pear.", "This is an apple & a pear."));
  }

  @Test
  void read_ruleOfGroup_hasItsOwnId() throws Exception {
    String example = "<example correction=\"b\"><marker>a</marker> c</example>";
    assertThat(
            read(
                "<rulegroup id='G'><rule id='R'>%s</rule><rule>%s</rule></rulegroup>"
                    .formatted(example, example)))
        .extracting(Example::rule)
        .containsExactly("R", "G");
  }

  @Test
  void read_entities_areResolved() throws Exception {
    assertThat(
            read(
                "<rule id='R'><example correction='&dash;'>1&nbsp;<marker>-</marker>"
                    + " 2</example></rule>"))
        .containsExactly(new Example("R", "1 - 2", "1 – 2"));
  }

  @Test
  void read_remarkAtTheEnd_isDropped() throws Exception {
    assertThat(
            read(
                "<rule id='R'><example correction='The'><marker>Th</marker> is [here]. [A [noun.]"
                    + "</example></rule>"))
        .containsExactly(new Example("R", "Th is [here].", "The is [here]."));
  }

  @Test
  void read_examplesThatMakeNoPair_areLeftOut() throws Exception {
    assertThat(
            read(
                """
                <rule id="R">
                  <example correction="">No <marker>suggestion</marker> here</example>
                  <example correction="same">The <marker>same</marker> twice</example>
                  <example correction="x">No marker here</example>
                  <example correction="x"><marker>two</marker> <marker>markers</marker></example>
                  <example correction="a b">Spaces only: a<marker>  </marker>b</example>
                </rule>
                """))
        .containsExactly(new Example("R", "Spaces only: a b", "Spaces only: aa bb"));
  }

  @Test
  void read_externalEntity_isNotFetched(@TempDir Path folder) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret.txt"), "secret");
    String file =
        "<!DOCTYPE rules [<!ENTITY x SYSTEM \"%s\">]><rules><rule id='R'>%s</rule></rules>"
            .formatted(secret.toUri(), "<example correction='b'>&x;<marker>a</marker></example>");
    assertThat(parse(file)).extracting(Example::wrong).containsExactly("a");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> parse("<!DOCTYPE rules SYSTEM \"%s\"><rules/>".formatted(secret.toUri())))
        .withMessageContaining("outside the file");
  }

  @Test
  void read_notXml_namesFileAndLine() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> parse("<rules>\n<rule>\n</rules>"))
        .withMessageStartingWith("grammar.xml, line 3: ");
  }

  private static List<Example> read(String rules) throws IOException {
    return parse(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE rules [<!ENTITY nbsp "&#x00A0;"><!ENTITY dash "–">]>
        <rules lang="en"><category id="C">%s</category></rules>
        """
            .formatted(rules));
  }

  private static List<Example> parse(String file) throws IOException {
    return GrammarExamples.read(
        "grammar.xml", new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)));
  }
}
