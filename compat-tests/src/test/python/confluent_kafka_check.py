"""Checks a server with confluent-kafka, that is: librdkafka.    usage: confluent_kafka_check.py BOOTSTRAP [before|after TOPIC GROUP]"""
import os
import signal
import subprocess
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from checks import CODECS, check, finish, same, unique, until

BOOT = sys.argv[1]
admin = AdminClient({"bootstrap.servers": BOOT})


def topic(what, partitions=1, config=None):
    name = unique(what)
    for future in admin.create_topics([NewTopic(name, partitions, 1, config=config or {})]).values():
        future.result(30)
    return name


def produce(name, records, **settings):
    """records: dictionaries of what Producer.produce takes. Waits for all acknowledgements."""
    reports = []
    producer = Producer({"bootstrap.servers": BOOT, **settings})
    for record in records:
        producer.produce(name, on_delivery=lambda error, message: reports.append((error, message)), **record)
        producer.poll(0)
    same(producer.flush(40), 0)
    assert all(error is None for error, _ in reports), [error for error, _ in reports if error][:3]
    same(len(reports), len(records))
    return [message for _, message in reports]


def consumer(group=None, **settings):
    return Consumer({"bootstrap.servers": BOOT, "group.id": group or unique("unused"), "auto.offset.reset": "earliest",
                     "session.timeout.ms": 6000, "heartbeat.interval.ms": 500, "topic.metadata.refresh.interval.ms": 500,
                     **settings})


def take(who, count):
    messages = []

    def enough():
        for message in who.consume(count - len(messages), 0.1):
            assert message.error() is None, message.error()
            messages.append(message)
        return len(messages) >= count
    until(f"{count} messages", enough)
    return messages


def read(name, partition=0, offset=confluent_kafka.OFFSET_BEGINNING, **settings):
    """Everything from an offset to the present end, by assignment."""
    who = consumer(**settings)
    low, high = who.get_watermark_offsets(TopicPartition(name, partition), timeout=20)
    who.assign([TopicPartition(name, partition, offset)])
    start = low if offset == confluent_kafka.OFFSET_BEGINNING else offset
    messages = take(who, high - start) if high > start else []
    who.close()
    return messages


if len(sys.argv) == 4:      # we are the member that is killed: BOOTSTRAP TOPIC GROUP
    doomed = consumer(sys.argv[3])
    doomed.subscribe([sys.argv[2]])
    while True:
        doomed.poll(0.1)


if len(sys.argv) == 5:      # around a restart of the server
    step, name, group = sys.argv[2:]

    @check(f"a group's offsets, {step} the restart")
    def _():
        if step == "before":
            admin.create_topics([NewTopic(name, 2, 1)])[name].result(30)
        first, last = {"before": (0, 40), "after": (40, 50)}[step]
        produce(name, [{"partition": i % 2, "value": str(i)} for i in range(first, last)])
        who = consumer(group, **{"enable.auto.commit": False})
        who.subscribe([name])
        same(sorted(int(m.value()) for m in take(who, last - first)), list(range(first, last)))
        who.commit(asynchronous=False)
        who.close()
    finish("confluent-kafka")


for codec in CODECS:
    @check(f"codec {codec}, by assign and by group")
    def _():
        name = topic(f"codec-{codec}", 2)
        produce(name, [{"partition": i % 2, "key": str(i), "value": f"value {i}"} for i in range(1000)],
                **{"compression.type": codec, "linger.ms": 20})
        for partition in (0, 1):
            same([m.value().decode() for m in read(name, partition)], [f"value {i}" for i in range(partition, 1000, 2)])
        who = consumer(unique("group"))
        who.subscribe([name])
        same(sorted(int(m.key()) for m in take(who, 1000)), list(range(1000)))
        who.close()


@check("headers in order, a name twice, null and empty values")
def _():
    name = topic("headers")
    headers = [("a", b"1"), ("b", None), ("a", b""), ("c", b"\x00\xff")]
    produce(name, [{"value": "v", "headers": headers}])
    same(read(name)[0].headers(), headers)


@check("null and empty keys and values, tombstones")
def _():
    name = topic("nulls")
    pairs = [(k, v) for k in (None, b"", b"k") for v in (None, b"", b"v")]
    produce(name, [{"key": k, "value": v} for k, v in pairs])
    # This version of the binding hands an empty key or value over as none: what it can say apart is compared.
    same([(m.key(), m.value()) for m in read(name)], pairs)


@check("a record near the limit passes, one above is refused")
def _():
    name = topic("large")
    body = os.urandom(1_000_000)
    produce(name, [{"value": body}], **{"message.max.bytes": 5_000_000})
    same(read(name)[0].value(), body)
    try:
        produce(name, [{"value": os.urandom(1_100_000)}], **{"message.max.bytes": 5_000_000})
        raise AssertionError("was not refused")
    except AssertionError as e:
        assert "MSG_SIZE_TOO_LARGE" in str(e), e


@check("timestamps are kept, and lead to offsets")
def _():
    name = topic("times")
    start = int(time.time() * 1000) - 3_600_000
    produce(name, [{"value": str(i), "timestamp": start + 1000 * i} for i in range(20)])
    same([m.timestamp()[1] for m in read(name)], [start + 1000 * i for i in range(20)])
    who = consumer()
    found = who.offsets_for_times([TopicPartition(name, 0, start + 4500)], timeout=20)[0].offset
    same(found, 5)
    same([m.value() for m in read(name, offset=found)], [b"%d" % i for i in range(5, 20)])
    same(who.offsets_for_times([TopicPartition(name, 0, start + 99999)], timeout=20)[0].offset, confluent_kafka.OFFSET_END)
    same([m.value() for m in read(name, offset=18)], [b"18", b"19"])
    who.close()


@check("an idempotent producer, acks 0, 1 and all")
def _():
    name = topic("acks")
    produce(name, [{"value": str(i)} for i in range(500)], **{"enable.idempotence": True})
    for acks in ("0", "1", "all"):
        produce(name, [{"value": acks}], acks=acks)
    until("all 503", lambda: len(read(name)) == 503)
    same([int(m.value()) for m in read(name)[:500]], list(range(500)))


@check("a group goes on at its committed offsets")
def _():
    name, group = topic("offsets", 2), unique("group")
    produce(name, [{"partition": i % 2, "value": str(i)} for i in range(40)])
    who = consumer(group, **{"enable.auto.commit": False})
    who.subscribe([name])
    take(who, 40)
    who.commit(asynchronous=False)
    who.close()
    produce(name, [{"partition": i % 2, "value": str(i)} for i in range(40, 50)])
    who = consumer(group)
    who.subscribe([name])
    same(sorted(int(m.value()) for m in take(who, 10)), list(range(40, 50)))
    same([p.offset for p in who.committed([TopicPartition(name, 0)], timeout=20)], [20])
    who.close()


for strategy in ("range", "roundrobin", "cooperative-sticky"):
    @check(f"members join and leave, {strategy}")
    def _():
        name, group = topic("members", 4), unique("group")
        members = [consumer(group, **{"partition.assignment.strategy": strategy}) for _ in range(2)]

        def shared(sizes, of):
            for one in of:
                one.poll(0.05)
            return sorted(len(one.assignment()) for one in of) == sizes
        members[0].subscribe([name])
        until("all for the first", lambda: shared([4], members[:1]))
        members[1].subscribe([name])
        until("two each", lambda: shared([2, 2], members))
        members[1].close()
        until("all for the one that stays", lambda: shared([4], members[:1]))
        members[0].close()


@check("the partitions of a killed member go to the other")
def _():
    name, group = topic("killed", 4), unique("group")
    child = subprocess.Popen([sys.executable, __file__, BOOT, name, group])
    try:
        who = consumer(group)
        who.subscribe([name])
        until("two for each", lambda: who.poll(0.05) or len(who.assignment()) == 2)
        child.send_signal(signal.SIGKILL)
        until("all for the survivor", lambda: who.poll(0.05) or len(who.assignment()) == 4)
        who.close()
    finally:
        child.kill()
        child.wait()


@check("admin: create, grow, configure, describe, list groups, delete")
def _():
    name = topic("admin", 1, {"retention.ms": "86400000"})
    for future in admin.create_partitions([NewPartitions(name, 3)]).values():
        future.result(30)
    until("3 partitions", lambda: len(admin.list_topics(name, timeout=20).topics[name].partitions) == 3)
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    described = admin.describe_configs([resource])[resource].result(30)
    same(described["retention.ms"].value, "86400000")
    same(described["cleanup.policy"].value, "delete")
    resource.set_config("segment.bytes", "10000000")
    admin.alter_configs([resource])[resource].result(30)
    until("the new config", lambda: admin.describe_configs([resource])[resource].result(30)["segment.bytes"].value == "10000000")
    assert admin.list_groups(timeout=20), "no groups"
    for future in admin.delete_topics([name]).values():
        future.result(30)
    until("the topic gone", lambda: name not in admin.list_topics(timeout=20).topics)


@check("errors: topic exists, bad name, unknown topic, unknown partition, offset out of range")
def _():
    name = topic("errors")

    def error_of(future):
        try:
            future.result(30)
        except KafkaException as e:
            return e.args[0].code()
    same(error_of(admin.create_topics([NewTopic(name, 1, 1)])[name]), KafkaError.TOPIC_ALREADY_EXISTS)
    same(error_of(admin.create_topics([NewTopic("a/b", 1, 1)])["a/b"]), KafkaError.TOPIC_EXCEPTION)
    absent = unique("absent")
    same(error_of(admin.delete_topics([absent])[absent]), KafkaError.UNKNOWN_TOPIC_OR_PART)
    produce(name, [{"value": "v"}])
    who = consumer(**{"auto.offset.reset": "error"})
    who.assign([TopicPartition(name, 0, 77)])
    message = until("an error", lambda: who.poll(0.1))
    assert message.error() is not None and message.error().code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE), message.error()
    who.close()


finish("confluent-kafka " + confluent_kafka.version()[0] + " on librdkafka " + confluent_kafka.libversion()[0])
