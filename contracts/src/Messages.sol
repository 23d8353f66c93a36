// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice What a device says of one checkpoint of a job.
struct Claim {
  /// Its replica group; 0 where the job has no replicas.
  uint16 group;
  /// keccak256 of what is in the sum: the roster, the epoch, the bits of the contributors, and what stands for each
  /// one's signed contribution (agent/wire/market.ts, findingOf).
  bytes32 roster;
  /// Hash of the group's own contribution; 0 where the job has no replicas.
  bytes32 share;
  /// keccak256(roster, canonical sum).
  bytes32 result;
}

/// @title The messages of the market, hashed as EIP-712 structs
/// @notice agent/wire/market.ts holds the same list; a test compares both with viem.
library Messages {
  bytes32 private constant DOMAIN =
    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  bytes32 internal constant FUND = keccak256("Fund(address job,uint96 amount)");
  bytes32 internal constant CANCEL = keccak256("Cancel(address job)");
  bytes32 internal constant STOP = keccak256("Stop(address job)");
  bytes32 internal constant ACCEPT = keccak256("Accept(address job,uint16 index)");
  bytes32 internal constant REGISTER =
    keccak256("Register(address account,address payout,uint64 deadline)");
  bytes32 internal constant WITHDRAW =
    keccak256("Withdraw(address account,address to,uint96 amount,uint256 nonce,uint64 deadline)");
  bytes32 internal constant JOIN =
    keccak256("Join(address job,uint96 minPrice,uint96 collateral,uint64 deadline)");
  bytes32 internal constant HIRE =
    keccak256("Hire(address job,uint96 minPrice,uint64 deadline,bytes32 joins)");
  bytes32 internal constant COMMIT =
    keccak256("Commit(address job,uint16 index,bytes32 commitment)");
  bytes32 internal constant CHECKPOINT = keccak256(
    "Checkpoint(address job,uint16 index,uint16 group,bytes32 roster,bytes32 share,bytes32 result)"
  );
  bytes32 internal constant CONTRIBUTION =
    keccak256("Contribution(address job,uint16 index,bytes32 shard,bytes32 value)");

  /// @notice The vault's domain separator, worked out here: asking the vault costs ten times as much.
  function domainSeparator(address vault) internal view returns (bytes32) {
    return
      keccak256(abi.encode(DOMAIN, keccak256("Hypernet"), keccak256("1"), block.chainid, vault));
  }

  /// @notice The buyer puts so much, in all, into a job's escrow. The job's address stands for its terms.
  function fund(address job, uint96 amount) internal pure returns (bytes32) {
    return keccak256(abi.encode(FUND, job, amount));
  }

  /// @notice The buyer takes back an order that nobody has joined.
  function cancel(address job) internal pure returns (bytes32) {
    return keccak256(abi.encode(CANCEL, job));
  }

  /// @notice The buyer ends a job after its running checkpoint.
  function stop(address job) internal pure returns (bytes32) {
    return keccak256(abi.encode(STOP, job));
  }

  /// @notice The buyer pays all sellers for a checkpoint, early.
  function accept(address job, uint256 index) internal pure returns (bytes32) {
    return keccak256(abi.encode(ACCEPT, job, index));
  }

  /// @notice A device names the address that its money may go to.
  function register(address account, address payout, uint64 deadline)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(abi.encode(REGISTER, account, payout, deadline));
  }

  /// @notice Money leaves the vault.
  function withdraw(address account, address to, uint96 amount, uint256 nonce, uint64 deadline)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(abi.encode(WITHDRAW, account, to, amount, nonce, deadline));
  }

  /// @notice A device takes a place in a job that pays at least so much, with collateral behind its word.
  function join(address job, uint96 minPrice, uint96 collateral, uint64 deadline)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(abi.encode(JOIN, job, minPrice, collateral, deadline));
  }

  /// @notice The buyer hires who signed these joins: keccak256 of the signatures, 64 bytes each. Price and deadline
  /// are those of the joins: a signature is of another key for each message that it is held against.
  function hire(address job, uint96 minPrice, uint64 deadline, bytes32 joins)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(abi.encode(HIRE, job, minPrice, deadline, joins));
  }

  /// @notice A device that its relay left out binds its checkpoint itself.
  function commit(address job, uint256 index, bytes32 commitment) internal pure returns (bytes32) {
    return keccak256(abi.encode(COMMIT, job, index, commitment));
  }

  /// @notice What a device found at a checkpoint.
  function checkpoint(address job, uint256 index, Claim calldata claim)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(
      abi.encode(CHECKPOINT, job, index, claim.group, claim.roster, claim.share, claim.result)
    );
  }

  /// @notice What a device put into the sum of a checkpoint.
  function contribution(address job, uint256 index, bytes32 shard, bytes32 value)
    internal
    pure
    returns (bytes32)
  {
    return keccak256(abi.encode(CONTRIBUTION, job, index, shard, value));
  }
}
