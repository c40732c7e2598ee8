package dev.rivulet.schemas.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.Test;

class RunPartitionerTest {
  @Test
  void partition_keysOfARun_shareThePartitionOfTheRun() {
    for (int partitions = 1; partitions <= 12; partitions++) {
      for (int run = 0; run < 100; run++) {
        String name = "run-" + run;
        int expected = RunPartitioner.partition(name, partitions);
        assertThat(expected).isBetween(0, partitions - 1);
        assertThat(RunPartitioner.partition(RunKey.of(name, "layer.0/query"), partitions))
            .isEqualTo(expected);
        assertThat(RunPartitioner.partition(RunKey.of(name, ""), partitions)).isEqualTo(expected);
      }
    }
  }

  @Test
  void partition_manyRuns_useAllPartitions() {
    Set<Integer> used = new TreeSet<>();
    for (int run = 0; run < 200; run++) {
      used.add(RunPartitioner.partition("run-" + run, 8));
    }
    assertThat(used).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void partition_calledByAProducer_isTheSame() {
    Node node = new Node(0, "localhost", 1);
    List<PartitionInfo> infos = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      infos.add(new PartitionInfo("ranks", i, node, new Node[] {node}, new Node[] {node}));
    }
    Cluster cluster = new Cluster("id", List.of(node), infos, Set.of(), Set.of());
    try (RunPartitioner partitioner = new RunPartitioner()) {
      byte[] key = "run/a".getBytes(StandardCharsets.UTF_8);
      assertThat(partitioner.partition("ranks", "run/a", key, null, null, cluster))
          .isEqualTo(RunPartitioner.partition("run", 6));
      assertThat(partitioner.partition("ranks", null, null, null, null, cluster)).isBetween(0, 5);
    }
  }

  @Test
  void run_anyKey_isThePartBeforeTheFirstSlash() {
    assertThat(RunKey.run("run/a/b")).isEqualTo("run");
    assertThat(RunKey.run("run")).isEqualTo("run");
    assertThat(RunKey.requireValid("a-1_B.c")).isEqualTo("a-1_B.c");
    assertThatThrownBy(() -> RunKey.requireValid("a/b")).hasMessageContaining("run name 'a/b'");
  }
}
