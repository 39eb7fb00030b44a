/** What doors ask the cluster about itself: topics, groups, brokers. */
@NullMarked
package dwal.gateway.admin;

import org.jspecify.annotations.NullMarked;
