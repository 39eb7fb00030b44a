// Checks the service dwal.v1.Log of proto/dwal/v1/log.proto with grpc-js, and health and reflection as tools ask for them.
// usage: grpc-topics-check.mjs HOST:PORT PROTO
import grpc from '@grpc/grpc-js'
import protoLoader from '@grpc/proto-loader'
import { check, finish, same, until } from './checks.mjs'

const [, , address, proto] = process.argv
// Without defaults, an offset of 0 would be absent.
const options = { longs: Number, enums: String, keepCase: true, oneofs: true, defaults: true }
const credentials = grpc.credentials.createInsecure()
const clientOf = definition => new (grpc.loadPackageDefinition(definition).dwal.v1.Log)(address, credentials)
const log = clientOf(protoLoader.loadSync(proto, options))
const call = (method, request, client = log) => new Promise((resolve, reject) =>
  client[method](request, (error, answer) => error ? reject(error) : resolve(answer)))
const failure = promise => promise.then(() => undefined, error => error)
const topic = `node-${Date.now()}`
const text = buffer => buffer?.toString()

await check('what is produced is consumed: key, value, headers, timestamp', async () => {
  const headers = [{ name: 'h', value: Buffer.from('1') }, { name: 'null' }]
  const record = { key: Buffer.from('k'), value: Buffer.from('v'), headers, timestamp_ms: 1700000000000 }
  const { records: [produced] } = await call('Produce', { topic, records: [record], acks: 'ACKS_ALL' })
  const answer = await call('Consume', { topic, partition: produced.partition, offset: produced.offset })
  const [read] = answer.records
  same([read.offset, read.timestamp_ms, read.timestamp_type], [produced.offset, 1700000000000, 'CREATE_TIME'])
  same([text(read.key), text(read.value)], ['k', 'v'])
  same(read.headers.map(each => [each.name, text(each.value)]), [['h', '1'], ['null', undefined]])
  same([answer.next_offset, answer.high_watermark], [produced.offset + 1, produced.offset + 1])
})

await check('null is not empty', async () => {
  const { records } = await call('Produce', { topic, records: [{ partition: 0 }, { partition: 0, value: Buffer.alloc(0) }] })
  const read = (await call('Consume', { topic, offset: records[0].offset })).records
  same(read.map(each => text(each.value)), [undefined, ''])
})

await check('errors have Kafka\'s name in an ErrorInfo', async () => {
  const error = await failure(call('Consume', { topic, offset: 1000000 }))
  same(error?.code, grpc.status.OUT_OF_RANGE)
  const details = error.metadata.get('grpc-status-details-bin').toString('latin1')
  same([details.includes('google.rpc.ErrorInfo'), details.includes('OFFSET_OUT_OF_RANGE')], [true, true])
  same((await failure(call('Consume', { topic: `${topic}-none` })))?.code, grpc.status.NOT_FOUND)
  same((await failure(call('Produce', { topic, records: [] })))?.code, grpc.status.INVALID_ARGUMENT)
})

await check('a stream of appends is answered in order, and a stream follows', async () => {
  const streamed = `${topic}-streamed`
  const answers = []
  const appending = log.ProduceStream()
  appending.on('data', ({ records }) => answers.push(...records.map(each => each.offset)))
  for (let i = 0; i < 100; i++) {
    appending.write({ topic: streamed, records: [{ partition: 0, value: Buffer.from(`a${i}`) }] })
  }
  appending.end()
  await until('100 answers', () => answers.length === 100)
  same(answers, Array.from({ length: 100 }, (_, i) => i))

  const read = []
  const following = log.ConsumeStream({ topic: streamed, offset: 0, follow: true })
  following.on('data', ({ records }) => read.push(...records.map(each => text(each.value))))
  following.on('error', () => {})
  await until('100 records', () => read.length === 100)
  await call('Produce', { topic: streamed, records: [{ partition: 0, value: Buffer.from('later') }] })
  await until('what came later', () => read.length === 101)
  same(read, [...Array.from({ length: 100 }, (_, i) => `a${i}`), 'later'])
  following.cancel()

  const last = []
  await new Promise((resolve, reject) => log.ConsumeStream({ topic: streamed, last: 2 })
    .on('data', ({ records }) => last.push(...records.map(each => text(each.value)))).on('end', resolve).on('error', reject))
  same(last, ['a99', 'later'])
})

// The messages of these are few enough to be written by hand.
const raw = (path, stream) => ({
  path, requestStream: stream, responseStream: stream,
  requestSerialize: bytes => bytes, requestDeserialize: bytes => bytes,
  responseSerialize: bytes => bytes, responseDeserialize: bytes => bytes
})
const field = (number, string) => Buffer.concat([Buffer.from([number << 3 | 2, string.length]), Buffer.from(string)])

await check('health says that it serves', async () => {
  const Health = grpc.makeGenericClientConstructor({ check: raw('/grpc.health.v1.Health/Check', false) })
  const health = new Health(address, credentials)
  const SERVING = [8, 1]
  same([...await call('check', Buffer.alloc(0), health)], SERVING)
  same([...await call('check', field(1, 'dwal.v1.Log'), health)], SERVING)
  same((await failure(call('check', field(1, 'nobody'), health)))?.code, grpc.status.NOT_FOUND)
})

/** The bytes of field `wanted` of a message whose fields all have a length. */
function part (message, wanted) {
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const length = varint()
    if (tag >> 3 === wanted) return message.subarray(at, at + length)
    at += length
  }
}

for (const version of ['v1', 'v1alpha']) {
  await check(`a client that knows nothing learns all by reflection ${version}`, async () => {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`
    const Reflection = grpc.makeGenericClientConstructor({ info: raw(path, true) })
    const asking = new Reflection(address, credentials).info()
    const answers = []
    asking.on('data', answer => answers.push(answer))
    asking.write(field(7, ''))
    asking.write(field(4, 'dwal.v1.Log'))
    asking.end()
    await until('2 answers', () => answers.length === 2)
    for (const name of ['log.Log', 'dwal.v1.Log', 'grpc.health.v1.Health']) same([name, answers[0].includes(name)], [name, true])
    // A FileDescriptorResponse has the shape of a FileDescriptorSet.
    const told = clientOf(protoLoader.loadFileDescriptorSetFromBuffer(part(answers[1], 4), options))
    same((await call('Consume', { topic, last: 1, limit: 1 }, told)).records.length, 1)
  })
}

finish('grpc-js, dwal.v1.Log')
