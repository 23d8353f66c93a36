import t from 'tap'
import { matches, Subscriptions } from '../../../controller/sim/subscriptions.ts'

t.test('topic filters match as MQTT 3.1.1 section 4.7 shows', (t) => {
  const table: [filter: string, topic: string, takes: boolean][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'anything/at/all', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/uptime', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/monitor/Clients', true],
    ['ACCOUNTS', 'Accounts', false],
  ]
  for (const [filter, topic, takes] of table)
    t.equal(matches(filter, topic), takes, `${filter} ${topic}`)
  t.end()
})

t.test('a subscriber is found once, by the highest QoS that it asked for', (t) => {
  const subscriptions = new Subscriptions<string>()
  subscriptions.add('a', 'x/y', 0)
  subscriptions.add('a', 'x/+', 1)
  subscriptions.add('b', 'x/y', 0)
  t.strictSame([...subscriptions.of('x/y')].sort(), [
    ['a', 1],
    ['b', 0],
  ])
  t.strictSame([...subscriptions.of('x/z')], [['a', 1]])
  subscriptions.remove('a', 'x/+')
  subscriptions.remove('b', 'x/y')
  t.strictSame([...subscriptions.of('x/y')], [['a', 0]])
  t.strictSame([...subscriptions.of('none')], [])
  t.end()
})
