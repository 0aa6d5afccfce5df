"""Facts and a policy become eligibility, points and a ranking. Pure; knows no capacity and no chance."""
