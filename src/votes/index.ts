/** Trees of questions, the votes of volunteers on them, and the heads, losses and files that go with them. */
export { dirichletConcentrations, expectedShares, shareActivations, treeShares, type ShareActivation } from './heads.js';
export { countLosses, shareIntervals, type ShareInterval } from './counts.js';
export { treeLayout, type ParentColumns, type QuestionColumns, type TreeLayout } from './layout.js';
export { voteCountLoss, voteShareLoss, type VoteLossOptions, type VoteShareLossOptions } from './losses.js';
export { concentrationsOfLogits, fractionsOf, pathShares, sharesOfConcentrations, sharesOfLogits, sumGaps } from './shares.js';
export { mostVolunteers, simulateVotes, type SimulatedVotes, type SimulateVotesOptions } from './simulate.js';
export { encodeSubmission } from './submission.js';
export {
  parseVoteTree,
  treeLimits,
  voteValues,
  type VoteAnswer,
  type VoteQuestion,
  type VoteTree,
  type VoteValues,
} from './tree.js';
