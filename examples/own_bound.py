"""A bound of one's own in ten lines: is ||grad_x f|| <= nu K^L / 2, as a slip of the pen has it?"""

import bounds
import verify

nu, K, L = map(bounds.symbol, ("nu", "K", "L"))
claim = verify.Claim.of("mine", "input_gradient_norm", nu * K**L / 2)
findings = verify.investigate(claim)
print(findings)
findings.counterexample.save("mine.json")
print(verify.confirm("mine.json").line)

test_mine = verify.property_test(claim)  # pytest collects it, and it fails
