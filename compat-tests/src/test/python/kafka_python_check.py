"""Checks a server with kafka-python.    usage: kafka_python_check.py BOOTSTRAP [before|after TOPIC GROUP]"""
import os
import signal
import subprocess
import sys
import time

import kafka
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from kafka.errors import InvalidTopicError, MessageSizeTooLargeError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

from checks import check, finish, same, unique, until

BOOT = sys.argv[1]


def consumer(*topics, group=None, **settings):
    return KafkaConsumer(*topics, bootstrap_servers=BOOT, group_id=group, auto_offset_reset="earliest",
                         session_timeout_ms=6000, heartbeat_interval_ms=500, metadata_max_age_ms=1000, **settings)


if len(sys.argv) == 4:      # we are the member that is killed: BOOTSTRAP TOPIC GROUP
    doomed = consumer(sys.argv[2], group=sys.argv[3])
    while True:
        doomed.poll(100)

admin = KafkaAdminClient(bootstrap_servers=BOOT)


def topic(what, partitions=1, **configs):
    name = unique(what)
    admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs)])
    return name


def produce(name, records, **settings):
    producer = KafkaProducer(bootstrap_servers=BOOT, **settings)
    sent = [producer.send(name, **record) for record in records]
    producer.flush(40)
    answers = [one.get(40) for one in sent]
    producer.close()
    return answers


def take(who, count):
    messages = []

    def enough():
        for batch in who.poll(100, max_records=count).values():
            messages.extend(batch)
        return len(messages) >= count
    until(f"{count} messages", enough)
    return messages


def read(name, partition=0, offset=None):
    who = consumer()
    where = TopicPartition(name, partition)
    who.assign([where])
    who.seek_to_beginning() if offset is None else who.seek(where, offset)
    count = who.end_offsets([where])[where] - (who.beginning_offsets([where])[where] if offset is None else offset)
    messages = take(who, count) if count else []
    who.close()
    return messages


if len(sys.argv) == 5:      # around a restart of the server
    step, name, group = sys.argv[2:]

    @check(f"a group's offsets, {step} the restart")
    def _():
        if step == "before":
            admin.create_topics([NewTopic(name, 2, 1)])
        first, last = {"before": (0, 40), "after": (40, 50)}[step]
        produce(name, [{"partition": i % 2, "value": b"%d" % i} for i in range(first, last)])
        who = consumer(name, group=group, enable_auto_commit=False)
        same(sorted(int(m.value) for m in take(who, last - first)), list(range(first, last)))
        who.commit()
        who.close()
    finish("kafka-python")


# What this version of kafka-python can do with the Python packages that are here.
codecs = [None, "gzip"]
for codec, has in (("snappy", kafka.codec.has_snappy), ("lz4", kafka.codec.has_lz4), ("zstd", kafka.codec.has_zstd)):
    if has():
        codecs.append(codec)
    else:
        print(f"note: this kafka-python has no {codec} (its Python package is not installed); other clients check it", flush=True)

for codec in codecs:
    @check(f"codec {codec or 'none'}, by assign and by group")
    def _():
        name = topic("codec", 2)
        produce(name, [{"partition": i % 2, "key": b"%d" % i, "value": b"value %d" % i} for i in range(1000)],
                compression_type=codec, linger_ms=20, acks="all")
        for partition in (0, 1):
            same([m.value for m in read(name, partition)], [b"value %d" % i for i in range(partition, 1000, 2)])
        who = consumer(name, group=unique("group"))
        same(sorted(int(m.key) for m in take(who, 1000)), list(range(1000)))
        who.close()


@check("headers in order, a name twice, empty values")
def _():
    name = topic("headers")
    headers = [("a", b"1"), ("a", b""), ("c", b"\x00\xff")]
    produce(name, [{"value": b"v", "headers": headers}])
    same(read(name)[0].headers, headers)


@check("null and empty keys and values, tombstones")
def _():
    name = topic("nulls")
    pairs = [(k, v) for k in (None, b"", b"k") for v in (None, b"", b"v") if (k, v) != (None, None)]
    produce(name, [{"partition": 0, "key": k, "value": v} for k, v in pairs])
    same([(m.key, m.value) for m in read(name)], pairs)


@check("a record near the limit passes, one above is refused")
def _():
    name = topic("large")
    body = os.urandom(1_000_000)
    produce(name, [{"value": body}], max_request_size=5_000_000)
    same(read(name)[0].value, body)
    try:
        produce(name, [{"value": os.urandom(1_100_000)}], max_request_size=5_000_000)
        raise RuntimeError("was not refused")
    except MessageSizeTooLargeError:
        pass


@check("timestamps are kept, and lead to offsets")
def _():
    name = topic("times")
    start = int(time.time() * 1000) - 3_600_000
    produce(name, [{"value": b"%d" % i, "timestamp_ms": start + 1000 * i} for i in range(20)])
    same([m.timestamp for m in read(name)], [start + 1000 * i for i in range(20)])
    who, where = consumer(), TopicPartition(name, 0)
    found = who.offsets_for_times({where: start + 4500})[where].offset
    same(found, 5)
    same([m.value for m in read(name, offset=found)], [b"%d" % i for i in range(5, 20)])
    same(who.offsets_for_times({where: start + 99999})[where], None)
    same([m.value for m in read(name, offset=18)], [b"18", b"19"])
    who.close()


@check("acks 0, 1 and all")
def _():
    name = topic("acks")
    for acks in (0, 1, "all"):
        produce(name, [{"value": str(acks).encode()}], acks=acks)
    until("all 3", lambda: len(read(name)) == 3)


@check("a group goes on at its committed offsets")
def _():
    name, group = topic("offsets", 2), unique("group")
    produce(name, [{"partition": i % 2, "value": b"%d" % i} for i in range(40)])
    who = consumer(name, group=group, enable_auto_commit=False)
    take(who, 40)
    who.commit()
    who.close()
    produce(name, [{"partition": i % 2, "value": b"%d" % i} for i in range(40, 50)])
    who = consumer(name, group=group)
    same(sorted(int(m.value) for m in take(who, 10)), list(range(40, 50)))
    same(who.committed(TopicPartition(name, 0)), 20)
    who.close()


for assignor in (RangePartitionAssignor, RoundRobinPartitionAssignor):
    @check(f"members join and leave, {assignor.name}")
    def _():
        name, group = topic("members", 4), unique("group")
        first = consumer(name, group=group, partition_assignment_strategy=[assignor])
        until("all for the first", lambda: first.poll(50) or len(first.assignment()) == 4)
        second = consumer(name, group=group, partition_assignment_strategy=[assignor])
        # A poll waits for the whole rebalance, which waits for the other member: so each has a thread of its own.
        import threading
        stop = threading.Event()
        thread = threading.Thread(target=lambda: [second.poll(50) for _ in iter(stop.is_set, True)], daemon=True)
        thread.start()
        until("two each", lambda: first.poll(50) or (len(first.assignment()), len(second.assignment())) == (2, 2))
        stop.set()
        until("the thread", lambda: first.poll(50) or not thread.is_alive())
        second.close()
        until("all for the one that stays", lambda: first.poll(50) or len(first.assignment()) == 4)
        first.close()


@check("the partitions of a killed member go to the other")
def _():
    name, group = topic("killed", 4), unique("group")
    child = subprocess.Popen([sys.executable, __file__, BOOT, name, group])
    try:
        who = consumer(name, group=group)
        until("two for each", lambda: who.poll(50) or len(who.assignment()) == 2)
        child.send_signal(signal.SIGKILL)
        until("all for the survivor", lambda: who.poll(50) or len(who.assignment()) == 4)
        who.close()
    finally:
        child.kill()
        child.wait()


@check("admin: create, grow, configure, describe, groups, delete")
def _():
    name, group = topic("admin", 1, **{"retention.ms": "86400000"}), unique("group")
    admin.create_partitions({name: NewPartitions(3)})
    until("3 partitions", lambda: len(admin.describe_topics([name])[0]["partitions"]) == 3)

    def configs():
        answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])[0]
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}
    same(configs()["retention.ms"], "86400000")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {"segment.bytes": "10000000"})])
    until("the new config", lambda: configs()["segment.bytes"] == "10000000")
    who = consumer(name, group=group, enable_auto_commit=False)
    until("an assignment", lambda: who.poll(50) or len(who.assignment()) == 3)
    who.commit({TopicPartition(name, 1): OffsetAndMetadata(0, "note")})
    same(admin.describe_consumer_groups([group])[0].state, "Stable")
    same(admin.list_consumer_group_offsets(group)[TopicPartition(name, 1)].metadata, "note")
    who.close()
    assert group in [one[0] for one in admin.list_consumer_groups()]
    admin.delete_consumer_groups([group])
    assert group not in [one[0] for one in admin.list_consumer_groups()]
    admin.delete_topics([name])
    until("the topic gone", lambda: name not in admin.list_topics())


@check("errors: topic exists, bad name, unknown topic")
def _():
    name = topic("errors")
    for error, action in ((TopicAlreadyExistsError, lambda: admin.create_topics([NewTopic(name, 1, 1)])),
                          (InvalidTopicError, lambda: admin.create_topics([NewTopic("a/b", 1, 1)])),
                          (UnknownTopicOrPartitionError, lambda: admin.delete_topics([unique("absent")]))):
        try:
            action()
            raise RuntimeError(f"no {error}")
        except error:
            pass


finish("kafka-python " + kafka.__version__)
