import t from 'tap'
import { checkValue } from '../../agent/wire/problems.ts'
import { ControllerConfig } from '../../controller/config.ts'

const read = (value: object) => {
  const checked = checkValue(ControllerConfig, value)
  return 'value' in checked ? checked.value : checked.problems.map(({ text }) => text)
}

t.test('a fleet is all that a controller needs to be told', (t) => {
  t.strictSame(read({ fleet: 'lab' }), {
    fleet: 'lab',
    broker: { embedded: { listen: { host: '127.0.0.1', port: 1883 }, maxClients: 2000 } },
    store: 'state',
    limits: { jobs: 50 },
    virtual: [],
  })
  t.end()
})

t.test('an address to listen on has a host and a port', (t) => {
  const listen = (listen: unknown) => read({ fleet: 'lab', broker: { embedded: { listen } } })
  t.match(listen('0.0.0.0:8883'), {
    broker: { embedded: { listen: { host: '0.0.0.0', port: 8883 } } },
  })
  t.match(listen('[::1]:0'), { broker: { embedded: { listen: { host: '::1', port: 0 } } } })
  for (const wrong of ['8883', 'localhost', ':1883', 'a:70000', 'a b:1'])
    t.match(listen(wrong), [/wanted an address and a port/], wrong)
  t.match(listen(1883), [
    'found the bare port 1883, wanted an address and a port. Write "127.0.0.1:1883".',
  ])
  t.end()
})

t.test('a broker of your own is reached as the controller', (t) => {
  t.match(read({ fleet: 'lab', broker: { external: { url: 'mqtt://a' } } }), {
    broker: { external: { url: 'mqtt://a', username: 'controller' } },
  })
  t.strictSame(read({ fleet: 'lab', broker: { external: { url: 'mqtt://a' }, embedded: {} } }), [
    'stands beside "embedded", wanted one of the two.',
  ])
  t.end()
})

t.test('what is not built is refused by name', (t) => {
  for (const key of ['dashboard', 'homeAssistant', 'devices', 'tls'])
    t.match(read({ fleet: 'lab', [key]: {} }), [/not built yet/], key)
  t.end()
})
