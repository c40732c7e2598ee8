package dev.rivulet.schemas.adapter;

import dev.rivulet.schemas.record.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of a model's modules, of which a PEFT adapter names some by their endings.
 *
 * @param all names of the modules, and of those that hold them
 */
record ModuleNames(Set<String> all) {
  /** What PEFT saves of a classifier by itself: modules of these names. */
  private static final List<String> CLASSIFIER = List.of("classifier", "score");

  static ModuleNames ofTensors(Set<String> tensors) {
    Set<String> all = new TreeSet<>();
    for (String tensor : tensors) {
      String module = of(tensor);
      while (!module.isEmpty() && all.add(module)) {
        module = of(module);
      }
    }
    return new ModuleNames(all);
  }

  /** Returns the module that holds a tensor, or another module; empty for the model itself. */
  static String of(String name) {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  /**
   * Returns the fewest ends of names, on whole parts, that all wanted modules end with, and no
   * other module does.
   */
  List<String> ends(Set<String> wanted) {
    Set<String> ends = new TreeSet<>();
    for (String module : wanted) {
      if (ends.stream().noneMatch(end -> endsWith(module, end))) {
        ends.add(shortestEnd(module, wanted));
      }
    }
    return List.copyOf(ends);
  }

  private String shortestEnd(String module, Set<String> wanted) {
    String end = module.substring(module.lastIndexOf('.') + 1);
    while (!end.equals(module)) {
      String tried = end;
      if (all.stream().allMatch(other -> wanted.contains(other) || !endsWith(other, tried))) {
        return end;
      }
      int dot = module.lastIndexOf('.', module.length() - end.length() - 2);
      end = module.substring(dot + 1);
    }
    return module;
  }

  /**
   * Returns what PEFT is to save whole. Newer and older versions of it differ in whether an end may
   * begin within a part, so that these ends may not.
   */
  List<String> savedEnds(Task task, Set<String> saved) {
    List<String> ends = new ArrayList<>();
    Set<String> others = new TreeSet<>(saved);
    if (task == Task.CLASSIFICATION) {
      ends.addAll(CLASSIFIER);
      others.removeIf(
          module ->
              CLASSIFIER.stream()
                  .anyMatch(head -> module.equals(head) || module.startsWith(head + ".")));
    }
    for (String end : ends(others)) {
      boolean within =
          all.stream().anyMatch(other -> other.endsWith(end) && !others.contains(other));
      if (within) {
        others.stream().filter(module -> endsWith(module, end)).forEach(ends::add);
      } else {
        ends.add(end);
      }
    }
    return ends;
  }

  private static boolean endsWith(String module, String end) {
    return module.equals(end) || module.endsWith("." + end);
  }
}
