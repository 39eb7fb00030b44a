/** The command line: what {@code bin/dwal} runs. Reads options, starts and stops; decides nothing else. */
@NullMarked
package dwal.server.cli;

import org.jspecify.annotations.NullMarked;
