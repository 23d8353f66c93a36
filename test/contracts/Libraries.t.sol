// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Terms} from "../../contracts/src/JobTerms.sol";
import {Claim} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";
import {Libraries} from "./Libraries.sol";

/// @dev The pure parts, against slow versions of themselves and on inputs that no job can get to.
contract LibrariesTest is Base {
  Libraries private libraries;

  function setUp() public {
    libraries = Libraries(vm.deployCode("Libraries.sol:Libraries"));
  }

  function testFuzz_groupsAreAShuffle(bytes32 seed, uint8 groups_, uint8 replicas_) public view {
    uint256 replicas = 3 + uint256(replicas_) % 14;
    uint256 sellers = replicas * (1 + uint256(groups_) % (256 / replicas));
    uint256[] memory groups = libraries.deal(seed, sellers, replicas);
    uint256[] memory sizes = new uint256[](sellers / replicas);
    for (uint256 i = 0; i < sellers; ++i) {
      ++sizes[groups[i]];
    }
    for (uint256 i = 0; i < sizes.length; ++i) {
      eq(sizes[i], replicas, "all groups are of one size");
    }
  }

  /// @dev Against a shuffle that takes each of its draws on its own from the hash that holds it.
  function testFuzz_groupsAreThoseOfTheSlowShuffle(bytes32 seed, uint8 groups_) public view {
    uint256 sellers = 3 * (1 + uint256(groups_) % 12);
    uint256[] memory slow_ = new uint256[](sellers);
    for (uint256 i = 0; i < sellers; ++i) {
      slow_[i] = i / 3;
    }
    for (uint256 draw = 0; draw + 1 < sellers; ++draw) {
      bytes32 hash = keccak256(abi.encode(seed, sellers - draw / 8 * 8));
      uint256 other = uint32(uint256(hash) >> 32 * (draw % 8)) % (sellers - draw);
      uint256 last = sellers - draw - 1;
      (slow_[last], slow_[other]) = (slow_[other], slow_[last]);
    }
    uint256[] memory groups = libraries.deal(seed, sellers, 3);
    vm.assertTrue(keccak256(abi.encode(groups)) == keccak256(abi.encode(slow_)), "the same");
  }

  function test_aShuffleIsFair() public view {
    // The first two of nine are partners in 2 of 8 deals, whatever their places.
    uint256 together = 0;
    for (uint256 i = 0; i < 4_000; ++i) {
      uint256[] memory groups = libraries.deal(bytes32(i), 9, 3);
      if (groups[0] == groups[1]) ++together;
    }
    // Five standard deviations of a binomial around 1,000.
    vm.assertTrue(together > 863 && together < 1_137, "a quarter");
  }

  function testFuzz_termsComeBackAsTheyWerePacked(Terms memory terms) public view {
    Terms memory back = libraries.unpack(libraries.pack(terms));
    vm.assertTrue(keccak256(abi.encode(back)) == keccak256(abi.encode(terms)), "the same");
  }

  /// @dev Against a slow tally that compares each with each. A seller says what one of its group may say, so that
  /// some claims have many votes, and some are listed twice; how many lie is drawn as well.
  function testFuzz_theTallyIsThatOfTheSlowOne(uint256 seed) public view {
    uint256 replicas = seed % 3 == 0 ? 1 : 3 + (seed >> 8) % 3;
    uint256 sellers = replicas == 1 ? 1 + (seed >> 16) % 12 : replicas * (1 + (seed >> 16) % 3);
    uint256 reach = replicas == 1 ? sellers : replicas;
    Claim[] memory claims = new Claim[](sellers);
    uint256[] memory by = new uint256[](sellers);
    uint256[] memory voters = new uint256[](sellers);
    for (uint256 i = 0; i < sellers; ++i) {
      uint256 dice = uint256(keccak256(abi.encode(seed, i)));
      claims[i] = Claim(
        replicas == 1 ? 0 : uint16(i / replicas),
        bytes32((dice & 15) / 15),
        replicas == 1 ? bytes32(0) : bytes32((dice >> 8 & 7) / ((seed >> 24 & 3) + 3)),
        bytes32((dice >> 16 & 7) / ((seed >> 32 & 3) + 4))
      );
      // One in eight is silent.
      by[i] = dice >> 24 & 7 == 7 ? sellers : i / reach * reach + (dice >> 32) % reach;
      if (by[i] < sellers) voters[by[i]] |= 1 << i;
    }
    (uint256 ok, uint256 bad) = libraries.count(claims, voters, sellers, replicas);
    (uint256 slowOk, uint256 slowBad) = slow(claims, by, sellers, replicas);
    eq(ok, slowOk, "paid");
    eq(bad, slowBad, "slashed");
  }

  function test_aShareWinsThoughItIsListedLastAndTwice() public view {
    Claim[] memory claims = new Claim[](3);
    claims[0] = Claim(0, "roster", "invented", "result");
    claims[1] = Claim(0, "roster", "share", "result");
    claims[2] = claims[1];
    uint256[] memory voters = new uint256[](3);
    (voters[0], voters[1], voters[2]) = (3, 12, 16);
    (uint256 ok, uint256 bad) = libraries.count(claims, voters, 5, 5);
    eq(ok, 28, "three of five");
    eq(bad, 3, "against two");
  }

  function test_aLoneClaimHasToHaveMoreThanHalf() public view {
    (Claim[] memory claims, uint256[] memory voters) = (new Claim[](1), new uint256[](1));
    claims[0] = Claim(0, "roster", 0, "result");
    voters[0] = 3;
    (uint256 ok, uint256 bad) = libraries.count(claims, voters, 4, 1);
    eq(ok + bad, 0, "half is no majority");
    (ok, bad) = libraries.count(claims, voters, 3, 1);
    eq(ok, 3, "two of three are");
    voters[0] = 7;
    (ok, bad) = libraries.count(claims, voters, 3, 3);
    eq(ok + bad, 0, "and a share of nothing wins nothing");
  }

  function test_groupsThatNobodyIsInMeanNothing() public {
    Claim[] memory claims = new Claim[](2);
    claims[0] = Claim(0, "roster", "share", "result");
    claims[1] = Claim(99, "other roster", "other", "result");
    uint256[] memory voters = new uint256[](2);
    voters[0] = 7;
    (uint256 ok,) = libraries.count(claims, voters, 3, 3);
    eq(ok, 7, "nobody signed the other claim");
    (claims[1].roster, voters[0], voters[1]) = ("roster", 3, 4);
    (ok,) = libraries.count(claims, voters, 3, 1);
    eq(ok, 7, "without replicas there are no groups");
    claims[1].group = 1;
    vm.expectRevert();
    libraries.count(claims, voters, 3, 3);
  }

  function slow(Claim[] memory claims, uint256[] memory by, uint256 sellers, uint256 replicas)
    private
    pure
    returns (uint256 ok, uint256 bad)
  {
    for (uint256 i = 0; i < sellers; ++i) {
      if (by[i] == claims.length) continue;
      Claim memory right;
      bool isDecided = false;
      for (uint256 j = 0; j < sellers; ++j) {
        if (by[j] == claims.length) continue;
        if (votesFor(claims, by, claims[by[j]]) * 2 > sellers) {
          (right, isDecided) = (claims[by[j]], true);
        }
      }
      Claim memory own = claims[by[i]];
      if (!isDecided || own.roster != right.roster) continue;
      if (own.result != right.result) {
        bad |= 1 << i;
        continue;
      }
      if (replicas == 1) {
        ok |= 1 << i;
        continue;
      }
      (uint256 mine, uint256 most) = sharesIn(claims, by, i / replicas, replicas, own.share);
      if (mine * 2 > replicas) ok |= 1 << i;
      else if (most * 2 > replicas) bad |= 1 << i;
    }
  }

  function votesFor(Claim[] memory claims, uint256[] memory by, Claim memory claim)
    private
    pure
    returns (uint256 votes)
  {
    for (uint256 k = 0; k < by.length; ++k) {
      if (by[k] == claims.length) continue;
      Claim memory other = claims[by[k]];
      if (other.roster == claim.roster && other.result == claim.result) ++votes;
    }
  }

  function sharesIn(
    Claim[] memory claims,
    uint256[] memory by,
    uint256 group,
    uint256 replicas,
    bytes32 share
  ) private pure returns (uint256 mine, uint256 most) {
    for (uint256 k = group * replicas; k < (group + 1) * replicas; ++k) {
      if (by[k] == claims.length) continue;
      uint256 votes = 0;
      for (uint256 l = group * replicas; l < (group + 1) * replicas; ++l) {
        if (by[l] != claims.length && claims[by[l]].share == claims[by[k]].share) ++votes;
      }
      // A share of 0 wins nothing.
      if (claims[by[k]].share == 0) continue;
      if (votes > most) most = votes;
      if (claims[by[k]].share == share) mine = votes;
    }
  }
}
