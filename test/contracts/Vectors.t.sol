// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {JobTerms, Terms} from "../../contracts/src/JobTerms.sol";
import {Claim, Messages} from "../../contracts/src/Messages.sol";
import {Base} from "./Base.sol";
import {Vectors} from "./Vectors.sol";

/// @dev The same messages as docs/generator/marketSamples.ts: what devices sign is what contracts check.
contract VectorsTest is Base {
  address private constant JOB = 0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa;
  address private constant ACCOUNT = 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB;
  address private constant TO = 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC;
  uint64 private constant DEADLINE = 1_800_000_000;

  function test_digestsAreThoseOfADevice() public {
    vm.chainId(31_337);
    same(Messages.fund(JOB, 155e18), Vectors.FUND, "Fund");
    same(Messages.cancel(JOB), Vectors.CANCEL, "Cancel");
    same(Messages.stop(JOB), Vectors.STOP, "Stop");
    same(Messages.accept(JOB, 3), Vectors.ACCEPT, "Accept");
    same(Messages.register(ACCOUNT, TO, DEADLINE), Vectors.REGISTER, "Register");
    same(Messages.withdraw(ACCOUNT, TO, 5e18, 7, DEADLINE), Vectors.WITHDRAW, "Withdraw");
    same(Messages.join(JOB, 0.5e18, 1e18, DEADLINE), Vectors.JOIN, "Join");
    same(Messages.hire(JOB, 0.5e18, DEADLINE, keccak256("joins")), Vectors.HIRE, "Hire");
    same(Messages.commit(JOB, 3, keccak256("commitment")), Vectors.COMMIT, "Commit");
    Claim memory claim = Claim(12, keccak256("roster"), keccak256("share"), keccak256("result"));
    same(this.hashOf(JOB, 3, claim), Vectors.CHECKPOINT, "Checkpoint");
    same(
      Messages.contribution(JOB, 3, keccak256("shard"), keccak256("value")),
      Vectors.CONTRIBUTION,
      "Contribution"
    );
  }

  function test_termsAndAddressesAreThoseOfADevice() public pure {
    Terms memory terms = Terms({
      buyer: ACCOUNT,
      price: 1e18,
      feeBps: 50,
      relay: TO,
      collateral: 2e18,
      replicas: 3,
      spec: keccak256("spec"),
      relayFee: 0.1e18,
      period: 600,
      window: 120,
      joinBy: uint40(DEADLINE),
      sellers: 155,
      checkpoints: 4,
      payEvery: 2,
      nonce: 9
    });
    bytes memory packed = JobTerms.pack(terms);
    vm.assertTrue(keccak256(packed) == keccak256(Vectors.TERMS), "terms");
    address job = Clones.predictDeterministicAddressWithImmutableArgs(
      0x3333333333333333333333333333333333333333,
      packed,
      keccak256("{}"),
      0x2222222222222222222222222222222222222222
    );
    vm.assertTrue(job == address(Vectors.JOB), "address");
  }

  function same(bytes32 structHash, bytes32 digest, string memory what) private view {
    bytes32 domain = Messages.domainSeparator(0x1111111111111111111111111111111111111111);
    vm.assertTrue(MessageHashUtils.toTypedDataHash(domain, structHash) == digest, what);
  }
}
