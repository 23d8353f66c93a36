// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Compact} from "./Signature.sol";

/// @notice What governance may set, each within bounds that it may not.
struct Rules {
  /// On top of what sellers are paid, from the buyer, in hundredths of a percent: 0 to 100.
  uint16 feeBps;
  /// Bounds of a job's window, in seconds; the shorter at least ten blocks of the chain.
  uint32 leastWindow;
  uint32 mostWindow;
  /// Seconds that a stake stays after its owner asked for it.
  uint32 stakeDelay;
}

/// @notice How a job ends, for its buyer's score.
enum Ending {
  /// It goes on.
  None,
  /// It never ran.
  Expired,
  /// All checkpoints are done.
  Completed,
  /// The buyer ended it early.
  Stopped,
  /// Nobody anchored two checkpoints in a row.
  Abandoned
}

/// @notice What a job pays its sellers for the checkpoints since the last time.
struct Payment {
  /// Tokens for one checkpoint of one seller.
  uint96 slice;
  /// Collateral that stands behind one checkpoint of one seller.
  uint96 cut;
  /// Number of checkpoints.
  uint8 checkpoints;
  Ending ending;
}

/// @title What a job contract may ask of the vault
/// @notice A job moves its own escrow, and the collateral of the accounts that signed a Join for it; nothing else.
interface IHyperVault {
  /// @notice A factory on the list registers a new job; its buyer's signature over Fund(job, amount) pays for it.
  function open(address job, address buyer, uint96 amount, bytes calldata signature) external;

  /// @notice The calling job's escrow grows to `amount` in all, by its buyer's signature over Fund(job, amount).
  function fund(uint96 amount, bytes calldata signature) external;

  /// @notice Locks collateral of whoever signed Join(job, minPrice, collateral, deadline), in this order, as long as
  /// there are places. Who is busy, poor, or did not sign is skipped, so that one cannot block the others. The
  /// calling job's buyer chooses whom it hires, since strangers could take all places and agree on any answer: its
  /// signature is over Hire(job, minPrice, deadline, keccak256 of the joins).
  /// @return joined who has a place now
  function join(
    uint96 minPrice,
    uint96 collateral,
    uint64 deadline,
    uint256 places,
    Compact[] calldata joins,
    bytes calldata hire
  ) external returns (address[] memory joined);

  /// @notice Pays, slashes and unlocks. At the end the accounts are free for other jobs, and the buyer has the rest.
  /// @param tallies for each seller the checkpoints that it earned, and times 256 those that it cheated in
  /// @return paid tokens that the sellers got
  /// @return slashed collateral that the treasury got
  function settle(address[] calldata sellers, uint16[] calldata tallies, Payment calldata payment)
    external
    returns (uint256 paid, uint256 slashed);

  /// @notice Takes all collateral that a seller of the calling job still has in it.
  function slashAll(address seller) external returns (uint256 slashed);

  /// @notice Pays a relay from the calling job's escrow.
  function reward(address relay, uint96 amount) external;

  /// @notice EIP-712 domain of every signature of the market.
  function domainSeparator() external view returns (bytes32);

  /// @notice Whether a buyer, a key or a contract (ERC-1271), signed a struct of the market.
  function isSignedBy(address who, bytes32 structHash, bytes calldata signature)
    external
    view
    returns (bool);

  /// @notice The rules of jobs opened from now on.
  function rules() external view returns (Rules memory);
}
