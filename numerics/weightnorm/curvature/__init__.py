"""Second-order quantities: dense Hessians, products, certificates, norms with both ends."""
