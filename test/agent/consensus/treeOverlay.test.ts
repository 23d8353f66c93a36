import t from 'tap'
import {
  ancestorsOf,
  childrenOf,
  levelOf,
  parentOf,
  subtreeOf,
  type TreeOverlay,
  treeDepth,
  treeOverlay,
} from '../../../agent/consensus/treeOverlay.ts'
import { jobId } from '../../../agent/wire/ids.ts'

const job = jobId('soil')
const indices = (size: number) => Array.from({ length: size }, (_, i) => i)
/** Links whose ends are of different groups. */
const crossing = (tree: TreeOverlay, groups: Uint8Array): number =>
  indices(groups.length).filter((i) => {
    const parent = parentOf(tree, i)
    return parent !== undefined && groups[parent] !== groups[i]
  }).length

t.test(
  'every device of 1 to 300 has one place, under the parent that the formula says',
  async (t) => {
    for (let size = 1; size <= 300; size++) {
      const tree = treeOverlay(size, { job, epoch: size })
      t.strictSame(
        [...tree.at].sort((a, b) => a - b),
        indices(size),
        `${size}: each exactly once`,
      )
      const wrong = indices(size).filter((q) => {
        const index = tree.at[q] ?? -1
        const parent = q === 0 ? undefined : tree.at[Math.floor((q - 1) / 8)]
        return tree.positionOf[index] !== q || parentOf(tree, index) !== parent
      })
      t.strictSame(wrong, [], `${size}: parents`)
      const orphans = indices(size).filter((i) =>
        childrenOf(tree, i).some((child) => parentOf(tree, child) !== i),
      )
      t.strictSame(orphans, [], `${size}: children are those with this parent`)
      t.equal(indices(size).flatMap((i) => childrenOf(tree, i)).length, size - 1)
      t.ok(indices(size).every((i) => childrenOf(tree, i).length <= 8))
    }
  },
)

t.test('the depth is ceil(log_r(N(r - 1) + 1)) - 1, that of the farthest device', async (t) => {
  for (const arity of [2, 3, 8]) {
    for (let size = 1; size <= 300; size++) {
      const tree = treeOverlay(size, { job, epoch: 0, arity })
      const farthest = Math.max(...indices(size).map((i) => levelOf(tree, i)))
      // In whole numbers: r^depth < N(r - 1) + 1 <= r^(depth + 1).
      const filled = size * (arity - 1) + 1
      if (
        tree.depth !== farthest ||
        filled > arity ** (tree.depth + 1) ||
        filled <= arity ** tree.depth
      )
        t.fail(`depth ${tree.depth} of ${size} by ${arity}, farthest ${farthest}`)
    }
  }
  t.strictSame(
    [1, 9, 10, 64, 73, 74, 1000, 1024].map((n) => treeDepth(n)),
    [0, 1, 2, 2, 2, 3, 4, 4],
  )
})

t.test(
  'ancestors lead to the root, and a subtree holds who has its top as an ancestor',
  async (t) => {
    const tree = treeOverlay(155, { job, epoch: 3 })
    const root = tree.at[0] ?? -1
    for (const i of indices(155)) {
      const up = ancestorsOf(tree, i)
      if (i !== root) t.equal(up.at(-1), root)
      const below = indices(155).filter((j) => j === i || ancestorsOf(tree, j).includes(i))
      t.strictSame(
        subtreeOf(tree, i).sort((a, b) => a - b),
        below,
      )
    }
    t.strictSame(ancestorsOf(tree, root), [])
    t.equal(parentOf(tree, root), undefined)
  },
)

t.test('everybody works out the same tree, and each epoch and job has another', async (t) => {
  t.strictSame(treeOverlay(50, { job, epoch: 7 }), treeOverlay(50, { job, epoch: 7 }))
  t.notSame(treeOverlay(50, { job, epoch: 7 }), treeOverlay(50, { job, epoch: 8 }))
  t.notSame(treeOverlay(50, { job, epoch: 7 }), treeOverlay(50, { job: jobId('air'), epoch: 7 }))
  t.strictSame(
    treeOverlay(50, { job, epoch: 7, groups: new Uint8Array(50) }),
    treeOverlay(50, { job, epoch: 7 }),
    'one group is none',
  )
})

t.test('each device is the root, and an inner device, equally often', async (t) => {
  const uneven = Uint8Array.from({ length: 20 }, (_, i) => (i < 3 ? 7 : i < 5 ? 1 : 0))
  for (const groups of [undefined, uneven]) {
    const epochs = 4000
    const roots = new Array<number>(20).fill(0)
    for (let epoch = 0; epoch < epochs; epoch++) {
      const root = treeOverlay(20, { job, epoch, groups }).at[0] ?? 0
      roots[root] = (roots[root] ?? 0) + 1
    }
    const expected = epochs / 20
    const chiSquare = roots.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    // 43.82 is passed by one seed in 1,000 at 19 degrees of freedom (NIST e-Handbook 1.3.6.7.4).
    t.ok(chiSquare < 43.82, `chi-square ${chiSquare} ${groups ? 'with groups' : ''}`)
  }
})

t.test('groups that fill a subtree each are subtrees', async (t) => {
  // 73 = 1 + 8 · 9: the root goes with the first group, whose last device is the one too many.
  const groups = Uint8Array.from({ length: 72 + 1 }, (_, i) => Math.min(7, Math.floor(i / 9)))
  for (let epoch = 0; epoch < 20; epoch++) {
    const tree = treeOverlay(73, { job, epoch, groups })
    t.ok(crossing(tree, groups) <= 8 + 7, `${crossing(tree, groups)} links between groups`)
  }
})

t.test('few links lead out of a group, however large the groups are', async (t) => {
  for (const [size, sizes] of [
    [64, [32, 32]],
    [155, [100, 40, 15]],
    [300, [1, 2, 97, 200]],
    [1000, [250, 250, 250, 250]],
  ] as const) {
    const groups = Uint8Array.from(sizes.flatMap((n, group) => new Array<number>(n).fill(group)))
    const bound = (sizes.length - 1) * (7 * treeDepth(size) + 1)
    for (let epoch = 0; epoch < 10; epoch++) {
      const tree = treeOverlay(size, { job, epoch, groups })
      t.strictSame(
        [...tree.at].sort((a, b) => a - b),
        indices(size),
      )
      t.ok(crossing(tree, groups) <= bound, `${crossing(tree, groups)} of at most ${bound}`)
    }
    const blind = crossing(treeOverlay(size, { job, epoch: 1 }), groups)
    const kept = crossing(treeOverlay(size, { job, epoch: 1, groups }), groups)
    t.ok(kept < blind / 2, `${kept} links between groups, by chance ${blind}`)
  }
})
