"""Who gets which place: the market, the mechanisms, the laws, the lottery. Pure; knows ids, not policies."""
