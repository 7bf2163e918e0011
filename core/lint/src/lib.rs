//! Pitfall rules, the flow facts under them, verdicts and fixes.
