import t from 'tap'
import { tokenBucket } from '../../../../controller/io/broker/tokenBucket.ts'

const takeAll = (bucket: ReturnType<typeof tokenBucket>, now: number): number => {
  let taken = 0
  while (bucket.take(now)) taken++
  return taken
}

t.test('a full bucket gives its burst at once, then nothing', async (t) => {
  const bucket = tokenBucket(50, 2000, 0)
  t.equal(takeAll(bucket, 0), 2000)
  t.equal(bucket.take(0), false)
})

t.test('it refills by its rate, up to its size', async (t) => {
  const bucket = tokenBucket(50, 100, 1000)
  takeAll(bucket, 1000)
  t.equal(takeAll(bucket, 1019), 0, '0.95 of a token')
  t.equal(takeAll(bucket, 1020), 1)
  t.equal(takeAll(bucket, 2020), 50, 'one second')
  t.equal(takeAll(bucket, 1_000_000), 100, 'not more than the burst')
})

t.test('a clock that stands still or goes back gives nothing', async (t) => {
  const bucket = tokenBucket(50, 1, 1000)
  t.equal(bucket.take(1000), true)
  t.equal(bucket.take(0), false)
  t.equal(bucket.take(19), false)
  t.equal(bucket.take(20), true)
})
