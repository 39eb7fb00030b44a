// Checks a server with kafkajs.    usage: kafkajs-check.mjs BOOTSTRAP [before|after TOPIC GROUP]
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import SnappyCodec from 'kafkajs-snappy'
import { lz4Compress, lz4Decompress } from '@platformatic/wasm-utils'
import { check, CODECS, finish, same, unique, until } from './checks.mjs'

const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, logLevel } = kafkajs
const TYPES = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }
CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async encoder => Buffer.from(lz4Compress(encoder.buffer)),
  decompress: async buffer => Buffer.from(lz4Decompress(buffer))
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async encoder => zlib.zstdCompressSync(encoder.buffer),
  decompress: async buffer => zlib.zstdDecompressSync(buffer)
})

const kafka = new Kafka({ clientId: 'check', brokers: [process.argv[2]], logLevel: logLevel.NOTHING })

// A consumer that collects what it reads; with onlyTopic it starts at the beginning.
async function collect (groupId, topic, settings = {}) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000, maxWaitTimeInMs: 200, ...settings })
  const messages = []
  let assigned = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => { assigned = payload.memberAssignment[topic] ?? [] })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommitThreshold: 1, eachMessage: async ({ partition, message }) => { messages.push({ partition, ...message }) } })
  return { consumer, messages, assigned: () => assigned }
}

if (process.argv.length === 5) { // we are the member that is killed: BOOTSTRAP TOPIC GROUP
  await collect(process.argv[4], process.argv[3])
  await new Promise(() => {})
}

const admin = kafka.admin()
await admin.connect()

async function topic (what, numPartitions = 1, configEntries = []) {
  const name = unique(what)
  await admin.createTopics({ topics: [{ topic: name, numPartitions, configEntries }], waitForLeaders: true })
  return name
}

async function produce (name, messages, settings = {}, producing = {}) {
  const producer = kafka.producer(producing)
  await producer.connect()
  const answers = await producer.send({ topic: name, messages, ...settings })
  await producer.disconnect()
  return answers
}

async function read (name, count) {
  const reader = await collect(unique('reader'), name)
  await until(`${count} messages`, () => reader.messages.length >= count)
  await reader.consumer.disconnect()
  return reader.messages.sort((a, b) => Number(a.offset) - Number(b.offset))
}

if (process.argv.length === 6) { // around a restart of the server
  const [step, name, group] = process.argv.slice(3)
  await check(`a group's offsets, ${step} the restart`, async () => {
    if (step === 'before') await admin.createTopics({ topics: [{ topic: name, numPartitions: 2 }], waitForLeaders: true })
    const [first, last] = step === 'before' ? [0, 20] : [20, 24]
    const values = Array.from({ length: last - first }, (_, i) => first + i)
    await produce(name, values.map(i => ({ partition: i % 2, value: `${i}` })))
    const member = await collect(group, name)
    await until('all of them', () => member.messages.length >= values.length)
    same(member.messages.map(m => Number(m.value)).sort((a, b) => a - b), values)
    await member.consumer.disconnect()
  })
  finish('kafkajs')
}

for (const codec of CODECS) {
  await check(`codec ${codec}, by group`, async () => {
    const name = await topic('codec', 2)
    await produce(name, Array.from({ length: 500 }, (_, i) => ({ partition: i % 2, key: `${i}`, value: `value ${i}` })), { compression: TYPES[codec] })
    const got = await read(name, 500)
    same(got.filter(m => m.partition === 1).map(m => m.value.toString()), Array.from({ length: 250 }, (_, i) => `value ${2 * i + 1}`))
  })
}

await check('headers, a name twice', async () => {
  const name = await topic('headers')
  await produce(name, [{ value: 'v', headers: { a: ['1', '2'], b: Buffer.from([0, 255]) } }])
  const [message] = await read(name, 1)
  same(message.headers.a.map(String), ['1', '2'])
  same([...message.headers.b], [0, 255])
})

await check('null and empty keys and values, tombstones', async () => {
  const name = await topic('nulls')
  await produce(name, [{ key: null, value: 'v' }, { key: 'k', value: null }, { key: '', value: '' }].map(m => ({ ...m, partition: 0 })))
  same((await read(name, 3)).map(m => [m.key?.toString() ?? null, m.value?.toString() ?? null]), [[null, 'v'], ['k', null], ['', '']])
})

await check('a record near the limit passes, one above is refused', async () => {
  const name = await topic('large')
  const body = randomBytes(1000000)
  await produce(name, [{ value: body }])
  same((await read(name, 1))[0].value.equals(body), true)
  let error
  try { await produce(name, [{ value: randomBytes(1100000) }]) } catch (e) { error = e }
  same(error?.type, 'MESSAGE_TOO_LARGE')
})

await check('timestamps are kept, and lead to offsets', async () => {
  const name = await topic('times')
  const start = Date.now() - 3600000
  await produce(name, Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, timestamp: `${start + 1000 * i}` })))
  same((await read(name, 10)).map(m => Number(m.timestamp)), Array.from({ length: 10 }, (_, i) => start + 1000 * i))
  const { offset } = (await admin.fetchTopicOffsetsByTimestamp(name, start + 4500))[0]
  same(offset, '5')
  const reader = await collect(unique('seek'), name)
  await until('all', () => reader.messages.length >= 10)
  reader.consumer.seek({ topic: name, partition: 0, offset })
  await until('5 more', () => reader.messages.length >= 15)
  same(reader.messages.slice(10).map(m => m.value.toString()), ['5', '6', '7', '8', '9'])
  await reader.consumer.disconnect()
  same((await admin.fetchTopicOffsets(name))[0], { partition: 0, offset: '10', high: '10', low: '0' })
})

await check('acks 0, 1 and all, and an idempotent producer', async () => {
  const name = await topic('acks')
  for (const acks of [0, 1, -1]) await produce(name, [{ value: `${acks}` }], { acks })
  await produce(name, [{ value: 'idempotent' }], { acks: -1 }, { idempotent: true, maxInFlightRequests: 1 })
  same((await read(name, 4)).length, 4)
})

await check('seek to an offset', async () => {
  const name = await topic('seek')
  await produce(name, Array.from({ length: 20 }, (_, i) => ({ value: `${i}` })))
  const reader = await collect(unique('seek'), name)
  await until('all', () => reader.messages.length >= 20)
  reader.consumer.seek({ topic: name, partition: 0, offset: '17' })
  await until('3 more', () => reader.messages.length >= 23)
  same(reader.messages.slice(20, 23).map(m => m.value.toString()), ['17', '18', '19'])
  await reader.consumer.disconnect()
})

await check('a group goes on at its committed offsets', async () => {
  const name = await topic('offsets', 2)
  const group = unique('group')
  const values = (from, to) => Array.from({ length: to - from }, (_, i) => ({ partition: i % 2, value: `${from + i}` }))
  await produce(name, values(0, 20))
  const first = await collect(group, name)
  await until('20', () => first.messages.length >= 20)
  await first.consumer.disconnect()
  await produce(name, values(20, 24))
  const second = await collect(group, name)
  await until('4', () => second.messages.length >= 4)
  same(second.messages.map(m => Number(m.value)).sort(), [20, 21, 22, 23])
  await second.consumer.disconnect()
})

await check('members join and leave', async () => {
  const name = await topic('members', 4)
  const group = unique('group')
  const first = await collect(group, name)
  await until('all for the first', () => first.assigned().length === 4)
  const second = await collect(group, name)
  await until('two each', () => first.assigned().length === 2 && second.assigned().length === 2)
  await second.consumer.disconnect()
  await until('all for the one that stays', () => first.assigned().length === 4)
  await first.consumer.disconnect()
})

await check('the partitions of a killed member go to the other', async () => {
  const name = await topic('killed', 4)
  const group = unique('group')
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), process.argv[2], name, group])
  try {
    const survivor = await collect(group, name)
    await until('two for each', () => survivor.assigned().length === 2)
    child.kill('SIGKILL')
    await until('all for the survivor', () => survivor.assigned().length === 4)
    await survivor.consumer.disconnect()
  } finally {
    child.kill('SIGKILL')
  }
})

await check('admin: create, grow, configure, describe, groups, delete', async () => {
  const name = await topic('admin', 1, [{ name: 'retention.ms', value: '86400000' }])
  await admin.createPartitions({ topicPartitions: [{ topic: name, count: 3 }] })
  await until('3 partitions', async () => (await admin.fetchTopicMetadata({ topics: [name] })).topics[0].partitions.length === 3)
  const value = async key => (await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name }] }))
    .resources[0].configEntries.find(entry => entry.configName === key).configValue
  same(await value('retention.ms'), '86400000')
  await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: [{ name: 'segment.bytes', value: '10000000' }] }] })
  await until('the new config', async () => await value('segment.bytes') === '10000000')
  const group = unique('group')
  await admin.setOffsets({ groupId: group, topic: name, partitions: [{ partition: 0, offset: '7' }] })
  same((await admin.fetchOffsets({ groupId: group, topics: [name] }))[0].partitions.find(p => p.partition === 0).offset, '7')
  same((await admin.listGroups()).groups.some(g => g.groupId === group), true)
  same((await admin.describeGroups([group])).groups[0].state, 'Empty')
  await admin.deleteGroups([group])
  await admin.deleteTopics({ topics: [name] })
  await until('the topic gone', async () => !(await admin.listTopics()).includes(name))
})

await check('delete records', async () => {
  const name = await topic('deleted', 2)
  await produce(name, Array.from({ length: 10 }, (_, i) => ({ partition: 0, value: `${i}` })))
  const low = async partition => (await admin.fetchTopicOffsets(name)).find(p => p.partition === partition).low
  // Also lets kafkajs know the leader, for which deleteTopicRecords looks before it asks any broker.
  same(await low(0), '0')
  await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '7' }] })
  same([await low(0), await low(1)], ['7', '0'])
  same((await read(name, 3)).map(m => m.value.toString()), ['7', '8', '9'])
  await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '-1' }] })
  same(await low(0), '10')
  let error
  try { await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '11' }] }) } catch (e) { error = e }
  same(error?.cause?.name, 'KafkaJSDeleteTopicRecordsError')
  same(error.cause.partitions.map(p => p.error.type), ['OFFSET_OUT_OF_RANGE'])
})

await check('errors: topic exists, bad name', async () => {
  const name = await topic('errors')
  same(await admin.createTopics({ topics: [{ topic: name }] }), false)
  let error
  try { await admin.createTopics({ topics: [{ topic: 'a/b' }] }) } catch (e) { error = e }
  same((error?.errors?.[0] ?? error)?.type, 'INVALID_TOPIC_EXCEPTION')
})

finish('kafkajs 2.2.4')
