// Checks the service log.Log of proto/log/log.proto with grpc-js.    usage: grpc-check.mjs HOST:PORT PROTO
import grpc from '@grpc/grpc-js'
import protoLoader from '@grpc/proto-loader'
import { check, finish, same, until } from './checks.mjs'

const [, , address, proto] = process.argv
const definition = protoLoader.loadSync(proto, { longs: Number })
const { Log } = grpc.loadPackageDefinition(definition).log
const log = new Log(address, grpc.credentials.createInsecure())
const call = (method, request) => new Promise((resolve, reject) =>
  log[method](request, (error, answer) => error ? reject(error) : resolve(answer)))
const value = text => ({ record: { value: Buffer.from(text) } })

let first
await check('what is produced is consumed', async () => {
  first = (await call('Produce', value('first'))).offset
  const { record } = await call('Consume', { offset: first })
  same([record.value.toString(), record.offset], ['first', first])
})

await check('past the end is OUT_OF_RANGE and names the offset', async () => {
  let failure
  try { await call('Consume', { offset: 123456789 }) } catch (error) { failure = error }
  same(failure?.code, grpc.status.OUT_OF_RANGE)
  const details = failure.metadata.get('grpc-status-details-bin').toString('latin1')
  same([details.includes('google.rpc.LocalizedMessage'), details.includes('123456789')], [true, true])
})

await check('a stream of appends is answered in order, and a stream reads them and waits', async () => {
  const answers = []
  const appending = log.ProduceStream()
  appending.on('data', answer => answers.push(answer.offset))
  for (let i = 0; i < 100; i++) appending.write(value(`streamed ${i}`))
  appending.end()
  await until('100 answers', () => answers.length === 100)
  same(answers, Array.from({ length: 100 }, (_, i) => answers[0] + i))

  const read = []
  const reading = log.ConsumeStream({ offset: answers[0] })
  reading.on('data', ({ record }) => read.push(record.value.toString()))
  reading.on('error', () => {})
  await until('100 records', () => read.length === 100)
  await call('Produce', value('later'))
  await until('what came later', () => read.length === 101)
  same(read, [...Array.from({ length: 100 }, (_, i) => `streamed ${i}`), 'later'])
  reading.cancel()
})

await check('a record that is too large is refused', async () => {
  let failure
  try { await call('Produce', { record: { value: Buffer.alloc(1100000) } }) } catch (error) { failure = error }
  same(failure?.code, grpc.status.INVALID_ARGUMENT)
})

finish('grpc-js')
