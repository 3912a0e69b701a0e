/**
 * English words that say nothing of a text's subject: articles, pronouns, auxiliary verbs, prepositions, conjunctions and common adverbs, with
 * their contractions. Models keep the list they were trained with.
 */
export const englishStopWords: readonly string[] = [
  // Articles and words that point or ask
  'a an the this that these those here there where when why how what which who whom whose',
  // Pronouns
  'i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself',
  'it its itself they them their theirs themselves one ones',
  // To be, to have, to do, and verbs of possibility
  'am is are was were be been being have has had having do does did doing done',
  'can could may might must shall should will would cannot ought',
  // Prepositions
  'about above across after against along among around at before behind below beneath beside between beyond by down during',
  'for from in inside into near of off on onto out outside over past since through throughout to toward towards under until',
  'up upon with within without',
  // Conjunctions and negations
  'and or nor but if then else than because as so while whereas although though unless whether not no neither either both',
  // Adverbs and quantities
  'also again all any each every few more most much many other others another some such only own same just very too now ever',
  'never even still yet once however thus therefore perhaps quite rather almost',
  // Contractions
  "i'm i've i'd i'll we're we've we'd we'll you're you've you'd you'll he's he'd he'll she's she'd she'll it's it'd it'll",
  "they're they've they'd they'll that's there's here's what's who's where's how's let's",
  "isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't can't couldn't mayn't mightn't mustn't shan't shouldn't",
  "won't wouldn't",
].flatMap((line) => line.split(' '));
