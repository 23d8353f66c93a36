// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice One account, in one storage slot. The supply is below 2^87, so no sum of tokens leaves 88 bits.
struct Account {
  /// Tokens that may be withdrawn, spent or put up.
  uint88 free;
  /// Own collateral in the active job.
  uint88 locked;
  /// Number of the one job that the key works for; 0: none.
  uint32 active;
  /// Checkpoints that it was paid for, and that it cheated in; both stay at their greatest value.
  uint16 ok;
  uint16 bad;
  /// 1: part of its collateral in the active job is of those who stake on it.
  uint16 backed;
}

/// @notice Tokens that others put up behind an account.
struct Pool {
  uint88 total;
  /// Part of it that is collateral in the account's active job.
  uint88 locked;
  /// Grows when everything was slashed: stakes of before are worth nothing.
  uint32 era;
  uint256 shares;
  /// Those of them that were asked back: no new job may hold them.
  uint256 leaving;
}

/// @notice One owner's part of a pool.
struct Stake {
  uint256 shares;
  uint32 era;
  /// Seconds since 1970 from which it may leave; 0: it was not asked for.
  uint48 leavesAt;
}

/// @title Accounts, and stakes behind them
/// @notice Stakes count as collateral of the account and are slashed after its own.
abstract contract Accounts {
  using SafeCast for uint256;

  /// @dev Accounts as words: a struct would be written field by field, at a hundred gas and more for each.
  mapping(address owner => uint256 word) private _accounts;
  mapping(address account => Pool) internal _pools;
  mapping(address account => mapping(address owner => Stake)) internal _stakes;

  event Staked(address indexed account, address indexed owner, uint256 amount);
  event UnstakeRequested(address indexed account, address indexed owner, uint256 leavesAt);
  event Unstaked(address indexed account, address indexed owner, uint256 amount);

  error HyperVaultNothing();
  error HyperVaultTooLittle(address account, uint256 free, uint256 wanted);
  error HyperVaultNoStake(address account, address owner);
  error HyperVaultStakeStays(uint256 leavesAt);
  error HyperVaultStakeAtWork(uint256 movable, uint256 wanted);

  /// @notice Tokens, job and scores of an account.
  function accountOf(address owner) external view returns (Account memory) {
    return _load(owner);
  }

  /// @notice What others put up behind an account, and how much of it is collateral in its active job.
  function backingOf(address account) external view returns (uint256 total, uint256 locked) {
    return (_pools[account].total, _pools[account].locked);
  }

  /// @notice An owner's stake: its worth now, rounded down, and when it may leave (0: it was not asked for).
  function stakeOf(address account, address owner)
    external
    view
    returns (uint256 amount, uint256 leavesAt)
  {
    Stake storage stake = _stakes[account][owner];
    return (_worth(_pools[account], stake), stake.leavesAt);
  }

  /// @notice Puts free tokens of the caller behind an account. Asking to leave is taken back by staking more.
  function stakeOn(address account, uint96 amount) external {
    require(amount > 0, HyperVaultNothing());
    _debit(msg.sender, amount);
    Pool storage pool = _pools[account];
    Stake storage stake = _stakes[account][msg.sender];
    if (stake.era != pool.era) (stake.era, stake.shares) = (pool.era, 0);
    else if (stake.leavesAt != 0) pool.leaving -= stake.shares;
    // Rounded down: whoever comes never gains from those who are there. total > 0 whenever shares > 0.
    uint256 shares = pool.shares == 0 ? amount : Math.mulDiv(amount, pool.shares, pool.total);
    pool.shares += shares;
    pool.total += uint256(amount).toUint88();
    stake.shares += shares;
    stake.leavesAt = 0;
    emit Staked(account, msg.sender, amount);
  }

  /// @notice Asks for the caller's stake on an account. No new job may hold it, but it can be slashed until it has
  /// left.
  function requestUnstake(address account) external {
    Pool storage pool = _pools[account];
    Stake storage stake = _stakes[account][msg.sender];
    require(_worth(pool, stake) > 0, HyperVaultNoStake(account, msg.sender));
    if (stake.leavesAt == 0) pool.leaving += stake.shares;
    stake.leavesAt = uint48(block.timestamp + _unstakeDelay());
    emit UnstakeRequested(account, msg.sender, stake.leavesAt);
  }

  /// @notice Moves the caller's stake back to its free tokens, once the delay is over and no job holds it.
  function unstake(address account) external {
    Pool storage pool = _pools[account];
    Stake storage stake = _stakes[account][msg.sender];
    uint256 amount = _worth(pool, stake);
    require(amount > 0 && stake.leavesAt != 0, HyperVaultNoStake(account, msg.sender));
    require(block.timestamp >= stake.leavesAt, HyperVaultStakeStays(stake.leavesAt));
    uint256 movable = pool.total - pool.locked;
    require(amount <= movable, HyperVaultStakeAtWork(movable, amount));
    pool.shares -= stake.shares;
    pool.leaving -= stake.shares;
    pool.total -= amount.toUint88();
    delete _stakes[account][msg.sender];
    _credit(msg.sender, amount);
    emit Unstaked(account, msg.sender, amount);
  }

  function _unstakeDelay() internal view virtual returns (uint256);

  function _credit(address owner, uint256 amount) internal {
    Account memory account = _load(owner);
    account.free += amount.toUint88();
    _save(owner, account);
  }

  function _debit(address owner, uint256 amount) internal {
    Account memory account = _load(owner);
    require(amount <= account.free, HyperVaultTooLittle(owner, account.free, amount));
    account.free -= amount.toUint88();
    _save(owner, account);
  }

  /// @dev Locks collateral for a job, own tokens first. False, and nothing changed, where there are too few.
  function _lock(address owner, uint88 amount, uint32 job) internal returns (bool) {
    Account memory account = _load(owner);
    if (account.active != 0) return false;
    if (account.free < amount) {
      Pool storage pool = _pools[owner];
      uint88 rest = amount - account.free;
      if (_staying(pool) < rest) return false;
      pool.locked = rest;
      (account.locked, account.free, account.backed) = (account.free, 0, 1);
    } else {
      (account.locked, account.free) = (amount, account.free - amount);
    }
    account.active = job;
    _save(owner, account);
    return true;
  }

  /// @dev Collateral of an account in its job, its backers' included.
  function _held(address owner, Account memory account) internal view returns (uint256) {
    return account.backed == 0 ? account.locked : uint256(account.locked) + _pools[owner].locked;
  }

  /// @dev Takes collateral, at most what is held: the account's own first, then its backers'.
  function _slash(address owner, Account memory account, uint256 amount) internal {
    uint256 own = Math.min(amount, account.locked);
    account.locked -= own.toUint88();
    uint88 rest = (amount - own).toUint88();
    if (rest == 0) return;
    Pool storage pool = _pools[owner];
    pool.locked -= rest;
    pool.total -= rest;
    if (pool.total == 0) {
      (pool.shares, pool.leaving, pool.era) = (0, 0, pool.era + 1);
    }
  }

  /// @dev Gives collateral back, at most what is held: the backers' first, since own is slashed first.
  function _unlock(address owner, Account memory account, uint256 amount) internal {
    uint256 rest = amount;
    if (account.backed != 0) {
      uint256 theirs = Math.min(amount, _pools[owner].locked);
      _pools[owner].locked -= theirs.toUint88();
      rest -= theirs;
    }
    account.locked -= rest.toUint88();
    account.free += rest.toUint88();
  }

  /// @dev Each cast keeps the bits of its field.
  function _load(address owner) internal view returns (Account memory account) {
    uint256 word = _accounts[owner];
    account.free = uint88(word);
    account.locked = uint88(word >> 88);
    account.active = uint32(word >> 176);
    account.ok = uint16(word >> 208);
    account.bad = uint16(word >> 224);
    account.backed = uint16(word >> 240);
  }

  function _save(address owner, Account memory account) internal {
    _accounts[owner] = uint256(account.free) | uint256(account.locked) << 88
      | uint256(account.active) << 176 | uint256(account.ok) << 208 | uint256(account.bad) << 224
      | uint256(account.backed) << 240;
  }

  /// @dev What a new job may hold: a stake that was asked back is not locked again and again.
  function _staying(Pool storage pool) private view returns (uint256) {
    uint256 leaving = pool.leaving;
    if (leaving == 0) return pool.total;
    return pool.total - Math.mulDiv(leaving, pool.total, pool.shares, Math.Rounding.Ceil);
  }

  function _worth(Pool storage pool, Stake storage stake) private view returns (uint256) {
    if (stake.shares == 0 || stake.era != pool.era) return 0;
    return Math.mulDiv(stake.shares, pool.total, pool.shares);
  }
}
