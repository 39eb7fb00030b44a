package dwal.compat.languages;

import dwal.compat.server.Requirement;
import dwal.compat.server.Server;
import dwal.compat.server.SharedServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
class KcatTest {
    @Test
    void kcatProducesAndConsumesInAllItsWays(Server server) throws Exception {
        Requirement.that(CheckScript.isInstalled("kcat"), "no kcat here (Debian: kcat)");
        String script = CheckScript.sources().resolve("sh/kcat-check.sh").toString();
        new CheckScript(List.of(script, server.bootstrap()), server.directory()).pass();
    }
}
