package dev.rivulet.ops.status.board;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The newest values of a sequence, at most 500. */
final class Recent<T> {
  private static final int CAPACITY = 500;

  private final Deque<T> values = new ArrayDeque<>();

  void add(T value) {
    values.addLast(value);
    if (values.size() > CAPACITY) {
      values.removeFirst();
    }
  }

  void addAll(List<T> more) {
    more.forEach(this::add);
  }

  List<T> values() {
    return List.copyOf(values);
  }
}
