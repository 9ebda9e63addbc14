"""A simulated company: transactions and every optional table, consistent and with the truth behind them."""
