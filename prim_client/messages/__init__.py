"""From an answer of PRIM to messages: the contract, the parser and the differ. No I/O."""
