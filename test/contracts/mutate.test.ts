import t from 'tap'
import { EQUIVALENT, isEquivalent } from './mutation/equivalent.ts'
import { mutantsOf } from './mutation/operators.ts'
import { allMutants } from './mutation/sources.ts'

/** What `npm run mutate` breaks; that a test notices each takes too long for here. */

t.test('each equivalent mutant is one mutant of the contracts as they are', async (t) => {
  t.equal(allMutants().filter(isEquivalent).length, EQUIVALENT.length)
})

t.test('a check is left out and turned round, and so are guards, sums and events', async (t) => {
  const source = `contract Purse {
  function take(uint256 amount) external nonReentrant {
    // A comment with require(a < b) is no check.
    require(amount <= held, TooMuch(amount));
    held -= amount;
    emit Taken(amount);
  }
}
`
  t.strictSame(
    mutantsOf('Purse.sol', source).map(({ line, after }) => [line, after]),
    [
      [2, 'function take(uint256 amount) external {'],
      [4, ''],
      [4, 'require(!(amount <= held), TooMuch(amount));'],
      [4, 'require(amount < held, TooMuch(amount));'],
      [5, ''],
      [5, 'held += amount;'],
      [6, ''],
    ],
  )
})
