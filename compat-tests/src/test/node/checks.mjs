// What the checks of both Node.js clients share: names that are used once, waiting, and the count at the end.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
let passed = 0
let failed = 0
let skipped = 0

export const unique = what => `${what}-${randomUUID().slice(0, 8)}`

export async function check (name, action) {
  const start = Date.now()
  let timer
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('took longer than 60 s')), 60000) })
    await Promise.race([action(), late])
    passed++
    console.log(`ok   ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log(`FAIL ${name}\n     ${error?.stack ?? error}`)
    for (const cause of error?.errors ?? []) console.log(`     because of ${cause.stack}`)
  } finally {
    clearTimeout(timer)
  }
}

export function skip (name, reason) {
  skipped++
  console.log(`skip ${name}: ${reason}`)
}

export function same (actual, expected) {
  const text = value => JSON.stringify(value, (_, v) => typeof v === 'bigint' ? v.toString() : v)
  if (text(actual) !== text(expected)) throw new Error(`expected ${text(expected)?.slice(0, 300)} but got ${text(actual)?.slice(0, 300)}`)
}

export async function until (what, condition) {
  for (const deadline = Date.now() + 40000; ;) {
    const value = await condition()
    if (value) return value
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await pause(20)
  }
}

export function finish (client) {
  console.log(`${client}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exit(failed ? 1 : 0)
}
