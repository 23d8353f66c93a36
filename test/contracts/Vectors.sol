// SPDX-License-Identifier: Apache-2.0
// Made from docs/generator/marketSamples.ts by npm run generate; do not edit.
pragma solidity ^0.8.30;

/// @dev What a device signs, for chain 31337 and the vault 0x11...11; forge and viem must come to the same.
library Vectors {
  bytes32 internal constant FUND = 0x18a7463454b44b69fede0dbcf25f29b6709ade5a777152cecd0f207f16d6f896;
  bytes32 internal constant CANCEL = 0xc904640438d3213d60652536447bfddc949b27b9b38dfe45d270c19edf21c421;
  bytes32 internal constant STOP = 0x3d595ca546aaeddbed17c51f64fd76fce0fcf59faceb2586f5f5028bc64c15be;
  bytes32 internal constant ACCEPT = 0xd40b38ccfe4e3efbc4928540b18370b2dc5a1d175fd7312c4821240d2c8a1782;
  bytes32 internal constant REGISTER = 0xa038f7a6e9c8790184dc673c8894a6a30ca773413ab355a98fe8be66546bfed2;
  bytes32 internal constant WITHDRAW = 0x1e20fa8589121be2028f6de8772e8e9625014299a54aa45362190ffeef29cd1c;
  bytes32 internal constant JOIN = 0xb0531293ff698222852a747ee92285bfb19bf1e89d6dbf890e804c097466425f;
  bytes32 internal constant HIRE = 0xd9c992f19d62881b517988399b77835cb6556f467fe0aab7998a96aa73e9d362;
  bytes32 internal constant COMMIT = 0x864287e1884505d2e706ca726bd2214b52099af5b750ab082aa87ceca6c3b987;
  bytes32 internal constant CHECKPOINT = 0xdadfa40a57847598bd21b93bd846dcee18199de171473009551a8bcbaa91bd59;
  bytes32 internal constant CONTRIBUTION = 0x632f265487f337673f0b612faf0b00bccc993e6898123b957ce3e5d187ae2a22;
  /// @dev Of the sample terms; the job's address is for resources {}, the factory 0x22...22 and the code 0x33...33.
  bytes internal constant TERMS =
    hex"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0000000de0b6b3a764000032cccccccccccccccccccccccccccccccccccccccc0000001bc16d674ec800000300986e475ba431f6b784d4b894e14fedb92aa33826fe0df41d0a552c12d684f4000000016345785d8a00000000025800000078006b49d200009b040200000009";
  bytes20 internal constant JOB = hex"77258f97d901e80a6f316e0557d2302caadd1899";
}
