// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
contract Sample {
    uint256 public stored;
    event Stored(address indexed by, uint256 indexed value, bytes note);
    error TooLarge(uint256 given, uint256 most);
    function store(uint256 value, bytes calldata note) external payable {
        if (value > 100) revert TooLarge(value, 100);
        require(value != 13, "unlucky");
        stored = value;
        emit Stored(msg.sender, value, note);
    }
    function divide(uint256 by) external pure returns (uint256) { return 1 / by; }
    function hashOf(uint256 number) external view returns (bytes32) { return blockhash(number); }
    function surroundings() external view returns (uint256, uint256, uint256, uint256, address, uint256) {
        return (block.number, block.timestamp, block.basefee, block.prevrandao, msg.sender, block.chainid);
    }
    function twoHashes() external view returns (bytes32, bytes32) {
        return (blockhash(block.number - 2), blockhash(block.number - 1));
    }
    function deep(uint256 levels) external returns (uint256) {
        return levels == 0 ? 0 : this.deep(levels - 1) + 1;
    }
    function spin() external pure { while (true) {} }
}
