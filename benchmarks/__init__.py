"""Large made-up inputs and the measurements that use them."""
