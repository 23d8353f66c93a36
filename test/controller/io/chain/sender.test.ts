import t from 'tap'
import { systemClock } from '../../../../agent/io/clock.ts'
import { openGasAccount } from '../../../../controller/io/chain/gasAccount.ts'
import { openRpc } from '../../../../controller/io/chain/rpc.ts'
import { openStore } from '../../../../controller/io/store.ts'
import { hear, openBridgeStage, testJob } from '../../../chain/bridgeStage.ts'
import { actor } from '../../../chain/stage.ts'

const stage = await openBridgeStage()
t.teardown(() => stage.stop())
let serial = 0
const GWEI = 1_000_000_000n
const setBaseFee = (wei: bigint) =>
  stage.request('anvil_setNextBlockBaseFeePerGas', `0x${wei.toString(16)}`)

t.test('a transaction that nobody mines is replaced under its nonce, for more', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'sent')
  const first = heard.bridge.steps(job.address)[0]?.transactions[0]
  t.ok(first)
  // Blocks that cost more than was offered pass it by.
  for (let k = 0; k < 4; k++) {
    await setBaseFee(BigInt(first?.most ?? 0) + 1n)
    await stage.mineBlocks(1)
    const { number } = heard.bridge.head
    await heard.until(() => heard.bridge.head.number > number || k === 0)
  }
  await heard.until(() => (heard.bridge.steps(job.address)[0]?.transactions.length ?? 0) > 1)
  await setBaseFee(GWEI)
  await stage.mineBlocks(1)
  await heard.reaches(job.create, 'final')
  await stage.request('evm_setAutomine', true)
  const [step] = heard.bridge.steps(job.address)
  const transactions = step?.transactions ?? []
  for (const [k, { most, tip }] of transactions.entries()) {
    const before = transactions[k - 1]
    if (!before) continue
    t.ok(BigInt(most) * 8n >= BigInt(before.most) * 9n, '12.5 % more')
    t.ok(BigInt(tip) * 8n >= BigInt(before.tip) * 9n)
  }
  for (const { hash } of transactions) {
    const found = await stage.client.getTransaction({ hash }).catch(() => undefined)
    if (found) t.equal(found.nonce, step?.nonce, 'the same nonce')
  }
})

t.test('a transaction that would cost more than the bound waits, and says so', async (t) => {
  const job = await testJob(stage, ++serial)
  await setBaseFee(50n * GWEI)
  await stage.mineBlocks(1)
  const heard = hear(stage, { confirmations: 0, maxFeeGwei: 10 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  const before = await stage.sentBy(stage.relayer.address)
  heard.bridge.want(job.create)
  await heard.until(() => /maxFeeGwei/.test(heard.bridge.steps(job.address)[0]?.reason ?? ''))
  t.equal(await stage.sentBy(stage.relayer.address), before)
  await setBaseFee(GWEI)
  await stage.mineBlocks(1)
  await heard.reaches(job.create, 'final')
  t.strictSame(heard.states(job.create).slice(0, 2), ['intent', 'intent'], 'told once')
})

t.test('what a contract refuses costs nothing, and is told in words', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  const balance = await stage.client.getBalance({ address: stage.relayer.address })
  const { data } = (await testJob(stage, ++serial)).create
  const spoiled = `${(data as string).slice(0, -140)}${'00'.repeat(70)}` as const
  const wrong = { ...job.create, data: spoiled as `0x${string}` }
  heard.bridge.want(wrong)
  await heard.reaches(wrong, 'refused')
  t.match(heard.bridge.steps(job.address)[0]?.reason, /signature is not of 0x/)
  t.equal(await stage.client.getBalance({ address: stage.relayer.address }), balance)
  t.strictSame(heard.states(wrong), ['intent', 'refused'])
  heard.bridge.want(wrong)
  t.equal(heard.states(wrong).length, 2, 'and is not tried again in this life')
})

t.test('an account without coins is told as such, once, with how much it needs', async (t) => {
  const job = await testJob(stage, ++serial)
  const poor = actor(`poor ${serial}`)
  const heard = hear(stage, { confirmations: 0, relayKey: poor.privateKey })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  heard.bridge.want(job.create)
  const step = () => heard.bridge.steps(job.address)[0]
  await heard.until(() => step()?.reason !== undefined)
  const text = /^the relay's account (0x\w{40}) has too few coins .* send it about 0\.\d+$/
  t.match(step(), { state: 'signed', reason: text })
  t.equal(text.exec(step()?.reason ?? '')?.[1]?.toLowerCase(), poor.address.toLowerCase())
  for (let k = 0; k < 5; k++) {
    const { number } = heard.bridge.head
    await stage.mineBlocks(1)
    await heard.until(() => heard.bridge.head.number > number)
  }
  t.equal(step()?.transactions.length, 1, 'it is not made dearer')
  t.strictSame(heard.states(job.create), ['intent', 'signed', 'signed'])
  await stage.request('anvil_setBalance', poor.address, '0xde0b6b3a7640000')
  await stage.mineBlocks(1)
  await heard.reaches(job.create, 'final')
})

t.test('a step that somebody did before is done', async (t) => {
  const job = await testJob(stage, ++serial)
  await stage.send(job.create.to, job.create.data as `0x${string}`)
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  const before = await stage.sentBy(stage.relayer.address)
  heard.bridge.want(job.create)
  heard.bridge.want(job.cancel)
  await heard.reaches(job.cancel, 'final')
  t.strictSame(heard.states(job.create), ['intent', 'done'])
  t.equal(await stage.sentBy(stage.relayer.address), before + 1)
})

t.test('steps of several jobs go side by side, nonce after nonce', async (t) => {
  const jobs = [await testJob(stage, ++serial), await testJob(stage, ++serial)]
  jobs.push(await testJob(stage, ++serial))
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  const before = await stage.sentBy(stage.relayer.address)
  for (const { create } of jobs) heard.bridge.want(create)
  for (const { create } of jobs) await heard.reaches(create, 'sent')
  const nonces = jobs.map(({ address }) => heard.bridge.steps(address)[0]?.nonce)
  t.strictSame(nonces, [before, before + 1, before + 2])
  await stage.mineBlocks(1)
  for (const { create } of jobs) await heard.reaches(create, 'final')
  await stage.request('evm_setAutomine', true)
})

t.test('what sellers of one job bind goes side by side, after what came before', async (t) => {
  const job = await testJob(stage, ++serial)
  const others = [await testJob(stage, ++serial), await testJob(stage, ++serial)]
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  const commits = others.map(({ create }, i) => {
    return { ...create, job: job.address, step: `commit/0/${i}` }
  })
  heard.bridge.want(job.create)
  for (const commit of commits) heard.bridge.want(commit)
  await heard.reaches(job.create, 'sent')
  t.strictSame(commits.map(heard.states), [['intent'], ['intent']])
  await stage.mineBlocks(1)
  for (const commit of commits) await heard.reaches(commit, 'sent')
  t.notOk(
    commits.some((commit) => heard.states(commit).includes('mined')),
    'both fly',
  )
  await stage.mineBlocks(1)
  for (const commit of commits) await heard.reaches(commit, 'final')
  await stage.request('evm_setAutomine', true)
})

t.test('a nonce that somebody else took is given up once that is final', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { confirmations: 0 })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'sent')
  const [step] = heard.bridge.steps(job.address)
  const hash = step?.transactions.at(-1)?.hash
  await stage.request('anvil_dropTransaction', hash)
  await stage.request('anvil_impersonateAccount', stage.relayer.address)
  const other = { from: stage.relayer.address, to: stage.relayer.address, value: '0x0' }
  await stage.request('eth_sendTransaction', { ...other, gasPrice: '0x2540be400' })
  await stage.mineBlocks(1)
  await stage.request('anvil_stopImpersonatingAccount', stage.relayer.address)
  await stage.request('evm_setAutomine', true)
  await heard.reaches(job.create, 'final')
  const again = heard.bridge.steps(job.address)[0]
  t.not(again?.nonce, undefined)
})

t.test('a dropped job leaves nothing behind but what was signed', async (t) => {
  const job = await testJob(stage, ++serial)
  const store = openStore(':memory:')
  const heard = hear(stage, { confirmations: 1, store })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  heard.bridge.want(job.create)
  heard.bridge.want(job.cancel)
  await heard.reaches(job.create, 'sent')
  heard.bridge.drop(job.address)
  t.strictSame(heard.bridge.steps(job.address), [])
  t.strictSame(
    store.steps().map(({ step }) => step),
    ['create'],
  )
  const told = heard.states(job.create).length
  await stage.request('evm_setAutomine', true)
  await stage.mineBlocks(3)
  await heard.until(() => store.steps().length === 0)
  t.equal(heard.states(job.create).length, told, 'nothing more is told of it')
})

t.test('a thousand steps may wait, and no more', async (t) => {
  const job = await testJob(stage, ++serial)
  const heard = hear(stage, { urls: ['http://127.0.0.1:9'] })
  t.teardown(() => heard.bridge.close())
  await heard.bridge.start()
  for (let k = 0; k < 1000; k++) heard.bridge.want({ ...job.create, step: `fill/${k}` })
  t.notOk(heard.bridge.want(job.create))
})

t.test('a refusal is tried again by the next life', async (t) => {
  const job = await testJob(stage, ++serial)
  const store = openStore(':memory:')
  const first = hear(stage, { confirmations: 0, store })
  await first.bridge.start()
  first.bridge.want(job.cancel)
  await first.reaches(job.cancel, 'refused')
  t.match(first.bridge.steps(job.address)[0]?.reason, /no contract/)
  await first.bridge.close()
  const second = hear(stage, { confirmations: 0, store })
  t.teardown(() => second.bridge.close())
  await second.bridge.start()
  second.bridge.want(job.create)
  await second.reaches(job.create, 'final')
  second.bridge.want(job.cancel)
  await second.reaches(job.cancel, 'final')
})

t.test('a nonce before which the chain forgot others is given up', async (t) => {
  const job = await testJob(stage, ++serial)
  const store = openStore(':memory:')
  const heard = hear(stage, { confirmations: 0, store })
  await heard.bridge.start()
  await stage.request('evm_setAutomine', false)
  heard.bridge.want(job.create)
  await heard.reaches(job.create, 'sent')
  await heard.bridge.close()
  const [step] = store.steps()
  if (!step) return t.fail('the step is stored')
  await stage.request('anvil_dropTransaction', step.transactions[0]?.hash)
  // As if the transactions of five nonces before it had been lost with an older store.
  const { relayer, at } = stage
  const account = openGasAccount(
    openRpc([stage.anvil.url], systemClock),
    at.chainId,
    relayer.privateKey,
    GWEI,
  )
  const nonce = (step.nonce ?? 0) + 5
  const gas = 1_000_000n
  const call = { to: step.to, data: step.data, gas, nonce }
  const transaction = await account.sign(call, { most: 50n * GWEI, tip: GWEI })
  store.write(true, () => store.saveStep({ ...step, nonce, transactions: [transaction] }))
  const again = hear(stage, { confirmations: 0, store })
  t.teardown(() => again.bridge.close())
  await again.bridge.start()
  await stage.request('evm_setAutomine', true)
  await stage.mineBlocks(4)
  await again.reaches(job.create, 'final')
  t.equal(again.bridge.steps(job.address)[0]?.nonce, step.nonce)
})
