// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {JobCheckpoints, Reveals} from "../../contracts/src/JobCheckpoints.sol";
import {JobEscrow} from "../../contracts/src/JobEscrow.sol";
import {JobState} from "../../contracts/src/JobState.sol";
import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";

/// @dev Signatures that are shown in several calls, by callers who know of different ones.
contract ShownTest is Base {
  bytes32 private constant LIE = "lie";

  function setUp() public {
    deployMarket(0);
    fundBuyerAnd(9);
  }

  function test_laterCallsAddToWhatWasShown() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    // Two in the first call, two others in the second.
    job.attest(0, only(job, said, 3));
    Reveals memory more = only(job, said, 12);
    more.shown = abi.encode(said.claims, bitsList(3));
    job.attest(0, more);
    eq(job.progress().index, 0, "one is missing still");
    vm.expectPartialRevert(JobState.JobEscrowTooEarly.selector);
    job.close(0);
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    pass(job, 1, same(5));
    settle(job, 5, words(15, 0, 31, 0));
  }

  function test_whoIsShownByAStrangerAloneKeepsNobodyOut() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf(LIE));
    said.by[4] = 1;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    // The liar's signature comes first, and the relay of the others has never seen it.
    Reveals memory strangers = only(job, said, 16);
    vm.prank(stranger);
    job.attest(0, strangers);
    Reveals memory relays = only(job, said, 15);
    relays.shown = abi.encode(only(said.claims[1]), bitsList(16));
    job.attest(0, relays);
    eq(job.progress().index, 1, "with that one all are shown");
    pass(job, 1, same(5));
    settle(job, 5, words(15, 16, 31, 0));
  }

  function test_whatIsShownAgainChangesNothing() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 7));
    Reveals memory again = only(job, said, 3);
    vm.expectRevert(abi.encodeWithSelector(JobCheckpoints.JobEscrowNotMore.selector, 7));
    job.attest(0, again);
    Reveals memory mixed = only(job, said, 14);
    mixed.shown = abi.encode(said.claims, bitsList(7));
    Claim[] memory claims = new Claim[](2);
    (claims[0], claims[1]) = (said.claims[0], said.claims[0]);
    uint256[] memory voters = new uint256[](2);
    (voters[0], voters[1]) = (7, 8);
    vm.expectEmit(address(job));
    emit JobCheckpoints.Attested(0, 15, 0, abi.encode(claims, voters));
    job.attest(0, mixed);
  }

  function test_whatWasShownBeforeCannotBeInvented() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = only(job, said, 1);
    reveals.shown = abi.encode(said.claims, bitsList(30));
    vm.expectEmit(address(job));
    emit JobCheckpoints.Attested(0, 0, 0, abi.encode(said.claims, bitsList(1)));
    job.attest(0, reveals);
    reveals = only(job, said, 2);
    vm.expectRevert(JobCheckpoints.JobEscrowWrongShown.selector);
    job.attest(0, reveals);
    reveals.shown = abi.encode(said.claims, bitsList(29));
    vm.expectRevert(JobCheckpoints.JobEscrowWrongShown.selector);
    job.attest(0, reveals);
    reveals.shown = abi.encode(only(claimOf(LIE)), bitsList(1));
    vm.expectRevert(JobCheckpoints.JobEscrowWrongShown.selector);
    job.attest(0, reveals);
  }

  function test_allAtOnceNeedsNothingFromBefore() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory reveals = only(job, said, 7);
    reveals.shown = abi.encode(said.claims, bitsList(1));
    job.attest(0, reveals);
    eq(job.progress().index, 1, "all are shown");
  }

  /// @dev Else anybody could show one more just before each call of a relay, whose word of it is then old.
  function test_whoeverShowsAllOfThemAgainIsNotHeldUp() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) = (claimOf(RESULT), claimOf(LIE));
    said.by[1] = 1;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 1));
    Reveals memory relays = only(job, said, 15);
    relays.shown = "old";
    job.attest(0, only(job, said, 3));
    uint256[] memory voters = new uint256[](2);
    (voters[0], voters[1]) = (13, 2);
    vm.expectEmit(address(job));
    emit JobCheckpoints.Attested(0, 13, 2, abi.encode(said.claims, voters));
    job.attest(0, relays);
    job.attest(0, only(job, said, 31));
    eq(job.progress().index, 1, "all are shown");
    pass(job, 1, same(5));
    settle(job, 5, words(29, 2, 31, 0));
  }

  /// @dev One that shows itself on the chain alone, and then one more just before each call of the relay.
  function test_nobodyIsHeldUpByOneThatTheRelayNeverHeard() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 16));
    Reveals memory relays = only(job, said, 7);
    relays.shown = abi.encode(said.claims, bitsList(16));
    Reveals memory strangers = only(job, said, 8);
    strangers.shown = relays.shown;
    vm.prank(stranger);
    job.attest(0, strangers);
    // One that was shown since would be left out.
    vm.expectRevert(JobCheckpoints.JobEscrowWrongShown.selector);
    job.attest(0, relays);
    relays = only(job, said, 15);
    relays.shown = strangers.shown;
    job.attest(0, relays);
    eq(job.progress().index, 1, "all are shown");
    pass(job, 1, same(5));
    settle(job, 5, words(31, 0, 31, 0));
  }

  function test_whatWasToldOfOneCheckpointIsNothingToTheNext() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 3));
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    anchor(job, 1, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(1, only(job, said, 1, 1));
    Reveals memory more = only(job, said, 4, 1);
    more.shown = abi.encode(said.claims, bitsList(3));
    vm.expectRevert(JobCheckpoints.JobEscrowWrongShown.selector);
    job.attest(1, more);
  }

  function test_aTallyOfOneCheckpointIsNothingToTheNext() public {
    JobEscrow job = running(termsFor(3));
    Said memory said = same(3);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 3));
    vm.warp(commitByOf(job) + WINDOW + 1);
    job.close(0);
    pass(job, 1, same(3));
    settle(job, 3, words(3, 0, 7, 0));
  }

  function test_claimsThatNobodySignedAreLeftOut() public {
    JobEscrow job = running(termsFor(5));
    Said memory said = same(5);
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    Reveals memory padded = only(job, said, 6);
    padded.claims = new Claim[](3);
    (padded.claims[0], padded.claims[1]) = (said.claims[0], claimOf(LIE));
    // Of a group that is not there, as a caller may write who signed nothing.
    padded.claims[2] = Claim(9, ROSTER, 0, RESULT);
    vm.expectEmit(address(job));
    emit JobCheckpoints.Attested(0, 0, 0, abi.encode(said.claims, bitsList(6)));
    job.attest(0, padded);
  }

  function test_sharesAreCountedOverAllCalls() public {
    Terms memory terms = termsFor(3);
    terms.replicas = 3;
    JobEscrow job = running(terms);
    Said memory said = same(3);
    said.claims = new Claim[](2);
    (said.claims[0], said.claims[1]) =
    (Claim(0, ROSTER, "share", RESULT), Claim(0, ROSTER, "other", RESULT));
    said.by[2] = 1;
    anchor(job, 0, said);
    vm.warp(commitByOf(job) + 1);
    job.attest(0, only(job, said, 4));
    Reveals memory second = only(job, said, 1);
    second.shown = abi.encode(only(said.claims[1]), bitsList(4));
    job.attest(0, second);
    Reveals memory third = only(job, said, 2);
    Claim[] memory claims = new Claim[](2);
    (claims[0], claims[1]) = (said.claims[1], said.claims[0]);
    uint256[] memory voters = new uint256[](2);
    (voters[0], voters[1]) = (4, 1);
    third.shown = abi.encode(claims, voters);
    vm.expectEmit(address(job));
    emit JobCheckpoints.CheckpointClosed(0, 3, 4, commitByOf(job) + PERIOD);
    job.attest(0, third);
  }

  /// @dev The signatures of the sellers in `bits` at the first checkpoint, and what was bound of the others.
  function only(JobEscrow job, Said memory said, uint256 bits)
    private
    view
    returns (Reveals memory reveals)
  {
    return only(job, said, bits, 0);
  }

  function only(JobEscrow job, Said memory said, uint256 bits, uint256 index)
    private
    view
    returns (Reveals memory reveals)
  {
    Said memory part = Said(said.claims, new uint8[](said.by.length), said.bound);
    for (uint256 i = 0; i < said.by.length; ++i) {
      part.by[i] = bits >> i & 1 == 1 ? said.by[i] : 255;
    }
    reveals = revealsOf(job, index, part);
    // A signature binds what its seller says, shown or not.
    uint256 hidden = 0;
    for (uint256 i = 0; i < said.by.length; ++i) {
      if (part.by[i] == 255) reveals.withheld[hidden++] = boundBy(job, index, said, i);
    }
  }

  function only(Claim memory claim) private pure returns (Claim[] memory claims) {
    claims = new Claim[](1);
    claims[0] = claim;
  }
}
