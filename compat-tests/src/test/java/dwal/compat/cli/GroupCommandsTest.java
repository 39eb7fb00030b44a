package dwal.compat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Groups and the cluster by {@code bin/dwal} alone; also against a real Kafka, with {@code -Dcompat.target=kafka}. */
@ExtendWith(SharedServer.class)
class GroupCommandsTest {
    private String bootstrap = "";

    @BeforeEach
    void node(Server server) {
        bootstrap = server.bootstrap();
    }

    private Command.Result dwal(String... arguments) {
        return Command.run(bootstrap, "", arguments);
    }

    @Test
    void aStoppedGroupIsMovedAndARunningOneIsNot() {
        Command.run(bootstrap, "a\nb\nc\nd\n", "produce", "cli-seek").success();
        String[] consume = {"consume", "cli-seek", "--group", "cli-seek"};
        assertThat(dwal(consume).success()).isEqualTo("a\nb\nc\nd\n");
        assertThat(dwal("groups", "list").success()).containsPattern("(?m)^cli-seek +Empty +Classic +consumer$");
        assertThat(Command.launch(bootstrap, "", "groups", "describe", "cli-seek")
                        .success())
                .contains("Empty", "0 members, lag 0")
                .containsPattern("(?m)^cli-seek +0 +4 +4 +0 +-");

        assertThat(dwal("groups", "seek", "cli-seek", "--by=-1", "--dry-run").success())
                .containsPattern("(?m)^cli-seek +0 +4 +3$")
                .contains("Nothing was changed");
        dwal("groups", "seek", "cli-seek", "--by=-1").success();
        assertThat(dwal(consume).success()).isEqualTo("d\n");
        dwal("groups", "seek", "cli-seek", "--topic", "cli-seek", "--offset", "earliest")
                .success();
        assertThat(dwal("groups", "describe", "cli-seek", "--json").success())
                .contains("\"committedOffset\":0,\"highWatermark\":4,\"lag\":4", "\"lag\":4}");

        Command member = Command.start(bootstrap, "", "consume", "cli-seek", "--group", "cli-seek", "--follow");
        member.awaitOutput("d\n");
        assertThat(dwal("groups", "seek", "cli-seek", "--offset", "latest").failure())
                .contains("Group cli-seek runs", "dwal-consume at 127.0.0.1", "Stop them");
        assertThat(dwal("groups", "delete", "cli-seek").failure()).contains("has members");
        member.interrupt();
        member.await().success();
        dwal("groups", "delete", "cli-seek").success();
        assertThat(dwal("groups", "describe", "cli-seek").failure()).contains("there is no such group");
    }

    @Test
    void theClusterIsDescribed() {
        assertThat(Command.launch(bootstrap, "", "cluster").success())
                .containsPattern("(?m)^controller 1, epoch \\d+, voters 1")
                .containsPattern("(?m)^ +1 +" + bootstrap + " +alive ")
                .contains(" 0 under-replicated, 0 without a leader");
        assertThat(dwal("cluster", "--json").success()).contains("\"controllerId\":1", "\"fenced\":false");
    }
}
