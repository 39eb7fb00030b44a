// Checks a server with @platformatic/kafka.    usage: platformatic-check.mjs BOOTSTRAP [before|after TOPIC GROUP]
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Admin, Consumer, Producer } from '@platformatic/kafka'
import { check, CODECS, finish, same, unique, until } from './checks.mjs'

const bootstrapBrokers = [process.argv[2]]

// A consumer that collects what it reads.
async function collect (groupId, topic, settings = {}, from = { mode: 'committed', fallbackMode: 'earliest' }) {
  const group = settings.groupProtocol === 'consumer' ? {} : { sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000 }
  const consumer = new Consumer({ clientId: 'check', groupId, bootstrapBrokers, maxWaitTime: 200, ...group, ...settings })
  const stream = await consumer.consume({ autocommit: true, topics: [topic], ...from })
  const messages = []
  stream.on('data', message => messages.push(message))
  stream.on('error', error => { consumer.lastError = error })
  const assigned = () => consumer.assignments?.find(a => a.topic === topic)?.partitions.length ?? 0
  return { consumer, messages, assigned, close: () => consumer.close(true) }
}

if (process.argv.length === 5) { // we are the member that is killed: BOOTSTRAP TOPIC GROUP
  await collect(process.argv[4], process.argv[3])
  await new Promise(() => {})
}

const admin = new Admin({ clientId: 'check', bootstrapBrokers })

async function topic (what, partitions = 1, configs = []) {
  const name = unique(what)
  await admin.createTopics({ topics: [name], partitions, replicas: 1, configs })
  return name
}

async function produce (name, messages, settings = {}) {
  const producer = new Producer({ clientId: 'check', bootstrapBrokers, ...settings })
  const answer = await producer.send({ messages: messages.map(message => ({ topic: name, partition: 0, ...message })), acks: -1, ...settings })
  await producer.close()
  return answer
}

async function read (name, count, settings) {
  const reader = await collect(unique('reader'), name, settings)
  await until(`${count} messages`, () => reader.messages.length >= count)
  await reader.close()
  return reader.messages.sort((a, b) => Number(a.offset - b.offset))
}

const buffer = text => Buffer.from(text)
const numbers = (from, to, partitions = 1) =>
  Array.from({ length: to - from }, (_, i) => ({ partition: i % partitions, key: buffer(`${from + i}`), value: buffer(`${from + i}`) }))

if (process.argv.length === 6) { // around a restart of the server
  const [step, name, group] = process.argv.slice(3)
  await check(`a group's offsets, ${step} the restart`, async () => {
    if (step === 'before') await admin.createTopics({ topics: [name], partitions: 2, replicas: 1 })
    const [first, last] = step === 'before' ? [0, 20] : [20, 24]
    await produce(name, numbers(first, last, 2))
    const member = await collect(group, name)
    await until('all of them', () => member.messages.length >= last - first)
    same(member.messages.map(m => Number(m.value)).sort((a, b) => a - b), Array.from({ length: last - first }, (_, i) => first + i))
    await member.close()
  })
  await admin.close()
  finish('@platformatic/kafka')
}

for (const codec of CODECS) {
  await check(`codec ${codec}, by group`, async () => {
    const name = await topic('codec', 2)
    await produce(name, numbers(0, 500, 2), { compression: codec })
    const got = await read(name, 500)
    same(got.filter(m => m.partition === 1).map(m => Number(m.value)), Array.from({ length: 250 }, (_, i) => 2 * i + 1))
  })
}

await check('headers, empty and null values', async () => {
  const name = await topic('headers')
  await produce(name, [
    { value: buffer('v'), headers: new Map([[buffer('a'), buffer('1')], [buffer('b'), Buffer.from([0, 255])]]) },
    { key: buffer('k'), value: null },
    { key: buffer('k'), value: buffer('') }
  ])
  const got = await read(name, 3)
  same([...got[0].headers].map(([k, v]) => [k.toString(), [...v]]), [['a', [49]], ['b', [0, 255]]])
  // This client hands null over as undefined; an empty value is a buffer of no bytes.
  same(got[1].value === undefined, true)
  same(got[2].value.length, 0)
})

await check('a record near the limit passes, one above is refused', async () => {
  const name = await topic('large')
  const body = randomBytes(1000000)
  await produce(name, [{ value: body }])
  same((await read(name, 1))[0].value.equals(body), true)
  let error
  try { await produce(name, [{ value: randomBytes(1100000) }], { retries: 0 }) } catch (e) { error = e }
  same(/MESSAGE_TOO_LARGE|MessageTooLarge|too large|larger/i.test(JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})) + [...(error?.errors ?? [])].map(e => e.message + e.apiId)), true)
})

await check('timestamps are kept, and lead to offsets', async () => {
  const name = await topic('times')
  const start = Date.now() - 3600000
  await produce(name, numbers(0, 10).map((m, i) => ({ ...m, timestamp: BigInt(start + 1000 * i) })))
  const reader = await collect(unique('reader'), name)
  await until('10', () => reader.messages.length >= 10)
  same(reader.messages.map(m => Number(m.timestamp)), Array.from({ length: 10 }, (_, i) => start + 1000 * i))
  const offset = (await reader.consumer.listOffsets({ topics: [name], timestamp: BigInt(start + 4500) })).get(name)[0]
  same(offset, 5n)
  await reader.close()
  const later = await collect(unique('reader'), name, {}, { mode: 'manual', offsets: [{ topic: name, partition: 0, offset }] })
  await until('5', () => later.messages.length >= 5)
  same(later.messages.map(m => Number(m.value)), [5, 6, 7, 8, 9])
  await later.close()
})

await check('an idempotent producer', async () => {
  const name = await topic('idempotent')
  await produce(name, numbers(0, 50), { idempotent: true })
  same((await read(name, 50)).map(m => Number(m.value)), Array.from({ length: 50 }, (_, i) => i))
})

for (const groupProtocol of ['classic', 'consumer']) {
  await check(`a group goes on at its committed offsets, ${groupProtocol}`, async () => {
    const name = await topic('offsets', 2)
    const group = unique('group')
    await produce(name, numbers(0, 20, 2))
    const first = await collect(group, name, { groupProtocol })
    await until('20', () => first.messages.length >= 20)
    await first.close()
    await produce(name, numbers(20, 24, 2))
    const second = await collect(group, name, { groupProtocol })
    await until('4', () => second.messages.length >= 4)
    same(second.messages.map(m => Number(m.value)).sort(), [20, 21, 22, 23])
    await second.close()
  })

  await check(`members join and leave, ${groupProtocol}`, async () => {
    const name = await topic('members', 4)
    const group = unique('group')
    const first = await collect(group, name, { groupProtocol })
    await until('all for the first', () => first.assigned() === 4)
    const second = await collect(group, name, { groupProtocol })
    await until('two each', () => first.assigned() === 2 && second.assigned() === 2)
    await second.close()
    await until('all for the one that stays', () => first.assigned() === 4)
    await first.close()
  })
}

await check('the partitions of a killed member go to the other', async () => {
  const name = await topic('killed', 4)
  const group = unique('group')
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), process.argv[2], name, group])
  try {
    const survivor = await collect(group, name)
    await until('two for each', () => survivor.assigned() === 2)
    child.kill('SIGKILL')
    await until('all for the survivor', () => survivor.assigned() === 4)
    await survivor.close()
  } finally {
    child.kill('SIGKILL')
  }
})

await check('admin: create, grow, list, groups, delete', async () => {
  const name = await topic('admin', 1)
  await admin.createPartitions({ topics: [{ name, count: 3, assignments: null }] })
  await until('3 partitions', async () => (await admin.metadata({ topics: [name], forceUpdate: true })).topics.get(name).partitionsCount === 3)
  const group = unique('group')
  const member = await collect(group, name)
  same((await admin.listGroups()).has(group), true)
  same((await admin.describeGroups({ groups: [group] })).get(group).members.size, 1)
  await member.close()
  await admin.deleteGroups({ groups: [group] })
  await admin.deleteTopics({ topics: [name] })
  await until('the topic gone', async () => !(await admin.listTopics()).includes(name))
})

await admin.close()
finish('@platformatic/kafka 2.12.1')
