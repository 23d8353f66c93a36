// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {JobState, Phase, Progress} from "./JobState.sol";
import {Terms} from "./JobTerms.sol";
import {Claim, Messages} from "./Messages.sol";
import {Compact, Signature} from "./Signature.sol";
import {Tally} from "./Tally.sol";

/// @notice Signatures that sellers showed for one checkpoint, and what is known of the others.
struct Reveals {
  /// The different claims that were signed.
  Claim[] claims;
  /// Bit i: seller i's signature is here.
  uint256 revealed;
  /// For each revealed seller, in order, the place of its claim.
  bytes claimOf;
  /// For each revealed seller, in order.
  Compact[] signatures;
  /// For each other seller, in order: its key, and its commitment in the anchored list (0: none).
  address[] absent;
  bytes32[] withheld;
  /// For each place that its seller committed itself, in order: what stands in the anchored list.
  bytes32[] replaced;
  /// What earlier calls have shown, as Attested told it at any time; not looked at where all whom they showed are here
  /// again.
  bytes shown;
}

/// @notice What sellers bind themselves.
struct Own {
  /// Bit i: seller i's word is here.
  uint256 places;
  /// For each of them, in order.
  bytes32[] commitments;
  /// Over Commit; for each of them, in order.
  Compact[] signatures;
}

/// @dev One pass over the sellers: what is known before it, and where it stands in the lists.
struct Walk {
  address[] signers;
  bytes32[] commitments;
  bool anchored;
  /// Bits of the places that sellers committed themselves.
  uint256 own;
  uint256 shown;
  uint256 absent;
  uint256 replaced;
}

/// @title How a job's checkpoints are bound, shown and counted
abstract contract JobCheckpoints is JobState {
  using SafeCast for uint256;
  using Signature for Compact;
  using MessageHashUtils for bytes32;

  /// @notice Checkpoints in a row without an anchor after which a job is given up.
  uint256 public constant MOST_MISSED = 2;

  bytes32 private _anchor;
  mapping(uint256 index => uint256 bits) private _overridden;
  mapping(uint256 index => mapping(uint256 place => bytes32)) private _commitments;
  /// @dev What Attested told of a checkpoint at any time, as `_nameOf` names it: a caller may start from each.
  mapping(bytes32 name => bool) private _told;
  /// @dev Bits of the sellers that were shown.
  uint256 private _shownBits;
  uint256 private _ok;
  uint256 private _bad;

  event Anchored(uint256 indexed index, bytes32 anchor);
  event Committed(uint256 indexed index, uint256 place, bytes32 commitment);
  /// @param shown ABI encoding of the claims, and for each the bits of who signed it: Claim[], uint256[]
  event Attested(uint256 indexed index, uint256 ok, uint256 bad, bytes shown);
  event CheckpointClosed(uint256 indexed index, uint256 ok, uint256 bad, uint256 nextCommitBy);
  event StopRequested(uint256 index);

  error JobEscrowAnchored();
  error JobEscrowNotRelay(address relay, uint256 openFrom);
  error JobEscrowWrongAnchor();
  error JobEscrowNotCommitted(uint256 place);
  error JobEscrowCommitted(uint256 places);
  error JobEscrowNotMore(uint256 shown);
  error JobEscrowWrongShown();
  error JobEscrowWrongGroup(uint256 place);
  error JobEscrowStopping();

  /// @notice Binds what all sellers committed for a checkpoint: a hash chain over the commitments, in the order of
  /// the sellers, 0 for who sent none. The terms' relay has the first half of the window before the checkpoint's
  /// time for itself; in the second half anyone may, so that a relay's death stops nobody.
  function anchor(uint256 index, bytes32 anchor_) external at(index) {
    Terms memory terms_ = terms();
    Progress memory progress_ = _load();
    uint256 commitBy = progress_.commitBy;
    require(!progress_.anchored, JobEscrowAnchored());
    require(block.timestamp <= commitBy, JobEscrowTooLate(commitBy));
    require(
      block.timestamp + terms_.window >= commitBy, JobEscrowTooEarly(commitBy - terms_.window)
    );
    uint256 openFrom = commitBy - terms_.window / 2;
    require(
      terms_.relay == address(0) || msg.sender == terms_.relay || block.timestamp >= openFrom,
      JobEscrowNotRelay(terms_.relay, openFrom)
    );
    progress_.anchored = true;
    _save(progress_);
    _anchor = anchor_;
    emit Anchored(index, anchor_);
  }

  /// @notice Sellers' own commitments, in place of those in the anchored list: for whom the relay left out. Whoever is
  /// bound already is passed over, so that nobody holds up the others by binding one of them just before.
  function commit(uint256 index, Own calldata own, address[] calldata sellers) external at(index) {
    Progress memory progress_ = _load();
    require(block.timestamp <= progress_.commitBy, JobEscrowTooLate(progress_.commitBy));
    _checkSellers(sellers);
    uint256 places = own.places;
    require(places >> sellers.length == 0, JobEscrowWrongSellers());
    uint256 bits = _overridden[index];
    require(places & ~bits != 0, JobEscrowCommitted(bits));
    progress_.overridden = true;
    _save(progress_);
    _overridden[index] = bits | places;
    _bind(index, own, bits, sellers);
  }

  /// @notice Shows sellers' signatures over Checkpoint, after the checkpoint's time. When all are shown the
  /// checkpoint closes at once; else what was shown is kept, and later calls add to it. Whoever was shown stays shown,
  /// by the claim that came first, so nobody can keep out what others bring.
  function attest(uint256 index, Reveals calldata reveals) external at(index) {
    Terms memory terms_ = terms();
    Progress memory progress_ = _load();
    uint256 commitBy = progress_.commitBy;
    require(block.timestamp > commitBy, JobEscrowTooEarly(commitBy));
    require(block.timestamp <= commitBy + terms_.window, JobEscrowTooLate(commitBy + terms_.window));
    uint256 revealed = reveals.revealed;
    uint256 everybody = _everybody(terms_);
    require(revealed & everybody == revealed, JobEscrowWrongSellers());
    Claim[] memory claims = reveals.claims;
    uint256[] memory voters = _checkReveals(index, reveals, terms_, progress_);
    // What shows everybody is not merged: where nothing is kept, padding does not matter.
    if (revealed != everybody) {
      (claims, voters, revealed) = _merged(index, reveals, voters, progress_.tallied);
    }
    (uint256 ok, uint256 bad) = Tally.count(claims, voters, terms_.sellers, terms_.replicas);
    if (revealed == everybody) {
      _close(terms_, ok, bad);
    } else {
      progress_.tallied = true;
      _save(progress_);
      (_shownBits, _ok, _bad) = (revealed, ok, bad);
      _tell(index, claims, voters);
    }
  }

  /// @notice The buyer pays all sellers for the running checkpoint, without waiting.
  function accept(uint256 index, bytes calldata signature) external at(index) {
    _checkBuyer(Messages.accept(address(this), index), signature);
    Terms memory terms_ = terms();
    _close(terms_, _everybody(terms_), 0);
  }

  /// @notice Ends a checkpoint whose window is over, by what was shown. Without an anchor, or without a majority,
  /// nobody is paid or slashed.
  function close(uint256 index) external at(index) {
    Terms memory terms_ = terms();
    Progress memory progress_ = _load();
    uint256 until = uint256(progress_.commitBy) + terms_.window;
    require(block.timestamp > until, JobEscrowTooEarly(until));
    if (progress_.tallied) _close(terms_, _ok, _bad);
    else _close(terms_, 0, 0);
  }

  /// @notice The buyer ends the job after the running checkpoint.
  function stop(bytes calldata signature) external during(Phase.Running) {
    Progress memory progress_ = _load();
    require(!progress_.stopping, JobEscrowStopping());
    _checkBuyer(Messages.stop(address(this)), signature);
    progress_.stopping = true;
    _save(progress_);
    emit StopRequested(progress_.index);
  }

  /// @param bound bits of those that are passed over
  function _bind(uint256 index, Own calldata own, uint256 bound, address[] calldata sellers)
    private
  {
    bytes32 domain = Messages.domainSeparator(address(VAULT));
    uint256 places = own.places;
    uint256 next = 0;
    for (uint256 i = 0; places >> i != 0; ++i) {
      if (places >> i & 1 == 0) continue;
      uint256 n = next++;
      if (bound >> i & 1 == 1) continue;
      bytes32 commitment = own.commitments[n];
      bytes32 structHash = Messages.commit(address(this), index, commitment);
      address signer = own.signatures[n].signerOf(domain.toTypedDataHash(structHash));
      require(signer == sellers[i], JobEscrowBadSignature(sellers[i]));
      _commitments[index][i] = commitment;
      emit Committed(index, i, commitment);
    }
  }

  /// @dev Ends the running checkpoint and sets the time of the next: a period after this one's, or, where it closed
  /// so late that nobody could anchor by then, one window from now.
  function _close(Terms memory terms_, uint256 ok, uint256 bad) private {
    Progress memory progress_ = _load();
    uint256 index = progress_.index;
    bool missed = !progress_.anchored && !progress_.overridden && ok == 0;
    progress_.missed = missed ? progress_.missed + 1 : 0;
    progress_.index += 1;
    (progress_.anchored, progress_.overridden, progress_.tallied) = (false, false, false);
    if (
      progress_.index == terms_.checkpoints || progress_.stopping || progress_.missed == MOST_MISSED
    ) {
      progress_.phase = Phase.Settling;
    } else {
      uint256 next = uint256(progress_.commitBy) + terms_.period;
      uint256 soonest = block.timestamp + terms_.window;
      progress_.commitBy = (next > soonest ? next : soonest).toUint40();
    }
    _save(progress_);
    _history = keccak256(abi.encode(_history, ok, bad));
    emit CheckpointClosed(index, ok, bad, progress_.commitBy);
    _reward(terms_);
  }

  /// @dev Tells what was shown, from which a later call may start.
  function _tell(uint256 index, Claim[] memory claims, uint256[] memory voters) private {
    bytes memory shown = abi.encode(claims, voters);
    _told[_nameOf(index, shown)] = true;
    emit Attested(index, _ok, _bad, shown);
  }

  /// @dev What was shown before and what is new, without claims that nobody signed: so there are never more than
  /// sellers, whatever a caller pads its list with; and the bits of all that were shown. What was shown last may be
  /// news to a caller, whom somebody holds up by showing one more just before: so it may start from anything that was
  /// told, as long as it leaves out nobody that was shown since; and from nothing where it shows all of them again.
  function _merged(uint256 index, Reveals calldata reveals, uint256[] memory said, bool tallied)
    private
    view
    returns (Claim[] memory claims, uint256[] memory voters, uint256 revealed)
  {
    uint256 before = tallied ? _shownBits : 0;
    require(reveals.revealed & ~before != 0, JobEscrowNotMore(before));
    Claim[] memory earlier;
    uint256[] memory earlierVoters;
    if (before & ~reveals.revealed != 0) {
      require(_told[_nameOf(index, reveals.shown)], JobEscrowWrongShown());
      (earlier, earlierVoters) = abi.decode(reveals.shown, (Claim[], uint256[]));
      for (uint256 i = 0; i < earlierVoters.length; ++i) {
        revealed |= earlierVoters[i];
      }
      require(before & ~(revealed | reveals.revealed) == 0, JobEscrowWrongShown());
    }
    uint256 known = earlier.length;
    uint256 length = known;
    for (uint256 i = 0; i < said.length; ++i) {
      said[i] &= ~revealed;
      if (said[i] != 0) ++length;
    }
    (claims, voters) = (new Claim[](length), new uint256[](length));
    for (uint256 i = 0; i < known; ++i) {
      (claims[i], voters[i]) = (earlier[i], earlierVoters[i]);
    }
    for (uint256 i = 0; i < said.length; ++i) {
      if (said[i] == 0) continue;
      (claims[known], voters[known++]) = (reveals.claims[i], said[i]);
    }
    revealed |= reveals.revealed;
  }

  /// @dev Recovers who signed what, and checks it against the list of sellers and what was anchored.
  /// @return voters for each claim the bits of the sellers that signed it
  function _checkReveals(
    uint256 index,
    Reveals calldata reveals,
    Terms memory terms_,
    Progress memory progress_
  ) private view returns (uint256[] memory voters) {
    Walk memory walk;
    (walk.signers, walk.commitments) =
      _recover(_digestsOf(index, reveals.claims), reveals.claimOf, reveals.signatures);
    walk.anchored = progress_.anchored;
    if (progress_.overridden) walk.own = _overridden[index];
    if (walk.own != 0 || !walk.anchored) _checkOwn(index, reveals.revealed, walk);
    bytes32 sellers;
    bytes32 list;
    uint256 revealed = reveals.revealed;
    uint256 own = walk.own;
    for (uint256 i = 0; i < terms_.sellers; ++i) {
      (address seller, bytes32 commitment) = revealed >> i & 1 == 1
        ? (walk.signers[walk.shown], walk.commitments[walk.shown++])
        : (reveals.absent[walk.absent], reveals.withheld[walk.absent++]);
      if (own >> i & 1 == 1) commitment = reveals.replaced[walk.replaced++];
      sellers = _append(sellers, seller);
      list = Hashes.efficientKeccak256(list, commitment);
    }
    require(sellers == _sellers, JobEscrowWrongSellers());
    // Whoever has bound itself does not need the list, which may be nobody's.
    require(reveals.revealed & ~own == 0 || list == _anchor, JobEscrowWrongAnchor());
    return _votersOf(reveals.claims, reveals.claimOf, reveals.revealed, terms_);
  }

  /// @dev Signers of the signatures, and the hashes that they showed of them before.
  function _recover(bytes32[] memory digests, bytes calldata claimOf, Compact[] calldata signatures)
    private
    pure
    returns (address[] memory signers, bytes32[] memory commitments)
  {
    signers = new address[](signatures.length);
    commitments = new bytes32[](signatures.length);
    for (uint256 j = 0; j < signatures.length; ++j) {
      Compact calldata signature = signatures[j];
      signers[j] = signature.signerOf(digests[uint8(claimOf[j])]);
      commitments[j] = signature.commitmentOf();
    }
  }

  /// @dev What a seller committed itself counts in place of the anchored list; without a list nothing else does.
  function _checkOwn(uint256 index, uint256 revealed, Walk memory walk) private view {
    uint256 shown = 0;
    for (uint256 i = 0; revealed >> i != 0; ++i) {
      if (revealed >> i & 1 == 0) continue;
      bool isOwn = walk.own >> i & 1 == 1;
      bool fits = !isOwn || _commitments[index][i] == walk.commitments[shown];
      require(fits && (isOwn || walk.anchored), JobEscrowNotCommitted(i));
      if (++shown == walk.commitments.length) break;
    }
  }

  /// @dev For each claim the bits of the sellers that signed it; a claim is of its signers' group.
  function _votersOf(
    Claim[] calldata claims,
    bytes calldata claimOf,
    uint256 revealed,
    Terms memory terms_
  ) private view returns (uint256[] memory voters) {
    voters = new uint256[](claims.length);
    if (claims.length == 1 && terms_.replicas == 1) {
      require(claims[0].group == 0, JobEscrowWrongGroup(0));
      voters[0] = revealed;
      return voters;
    }
    uint256[] memory groups_ = _groups(terms_);
    uint256 shown = 0;
    for (uint256 i = 0; i < groups_.length; ++i) {
      if (revealed >> i & 1 == 0) continue;
      uint256 place = uint8(claimOf[shown++]);
      require(claims[place].group == groups_[i], JobEscrowWrongGroup(i));
      voters[place] |= 1 << i;
    }
  }

  function _digestsOf(uint256 index, Claim[] calldata claims)
    private
    view
    returns (bytes32[] memory digests)
  {
    bytes32 domain = Messages.domainSeparator(address(VAULT));
    digests = new bytes32[](claims.length);
    for (uint256 i = 0; i < claims.length; ++i) {
      digests[i] = domain.toTypedDataHash(Messages.checkpoint(address(this), index, claims[i]));
    }
  }

  function _nameOf(uint256 index, bytes memory shown) private pure returns (bytes32) {
    return Hashes.efficientKeccak256(bytes32(index), keccak256(shown));
  }

  /// @dev Bits of all sellers.
  function _everybody(Terms memory terms_) private pure returns (uint256) {
    return type(uint256).max >> (256 - terms_.sellers);
  }
}
