//! Rolling kernels: columns in, columns out, one pass, shared between measures through the cut's memo.
