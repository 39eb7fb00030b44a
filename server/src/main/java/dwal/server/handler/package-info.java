/** One class per API: checks a request from the outside in, asks the parts below, and builds the answer. */
@NullMarked
package dwal.server.handler;

import org.jspecify.annotations.NullMarked;
