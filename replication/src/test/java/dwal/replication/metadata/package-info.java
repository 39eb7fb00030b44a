/** Tests of the embedded KRaft, against the real thing in a temporary directory. */
package dwal.replication.metadata;
