// The words of the exercise in which a network tells languages apart, in Korean.

import type { Words } from "./en.js";

export const koLanguages: Words["languages"] = {
  title: "webrnn: 이 이름은 어느 언어일까?",
  tagline: "순환 신경망이 이름이 어느 언어인지 알아맞히는 법을 배웁니다. 바로 이 브라우저 안에서.",
  story:
    "이름을 읽으며 어느 언어인지 맞혀 보고, 틀린 만큼 배웁니다. 그러고는 당신이 쓴 이름을 한 글자씩 읽으며 어떻게 생각하는지 말합니다. 아래에는 무엇을 헷갈리는지, 시간을 거슬러 올라가는 기울기와 그 일을 하는 기계가 보입니다.",
  reading: "이름을 읽는 중",
  perSecond: "이름/초",
  heldOut: "정답률, 검증",
  training: "정답률, 학습",
  announcePaused: (updates, share) => `${updates}번 갱신 뒤 멈춤, ${share} 맞힘`,
  pageTitle: (share, isTraining) => `${isTraining ? "▶" : "❚❚"} ${share} · webrnn`,

  reads: "무엇을 읽는가",
  languages: "구별할 언어",
  atLeastTwo: "적어도 둘은 있어야 합니다.",
  facts: (names, symbols, heldOut) =>
    `이모지, 언어, 나라, 문자의 이름 ${names}개, 소문자로, 서로 다른 글자 ${symbols}개. 두 언어가 함께 쓰는 이름은 뺐습니다. 배우지 않고 검증에 남겨 둔 이름: ${heldOut}개.`,
  credits: "유니코드 CLDR(유니코드 라이선스), cldr-annotations-full과 cldr-localenames-full에서.",
  steps: "읽는 글자 수, 최대",
  batch: "동시에 읽는 이름",
  directions: "방향",
  directionNames: { both: "양방향", forward: "정방향" },
  directionNotes: {
    both: "하나는 첫 글자부터, 하나는 끝 글자부터 읽습니다",
    forward: "첫 글자부터 끝 글자까지 읽습니다",
  },

  scoreTitle: "정답률",
  scoreHelp: "나이브 베이즈는 두 글자 짝을 셉니다. 평활화 정도는 학습하는 이름으로 정했습니다.",
  baselines: ["가장 흔한 언어", "나이브 베이즈"],
  lossTitle: "학습 손실, 이름당 비트",
  chartLoss: (bits) => `갱신에 따른 학습 손실, 이름당 비트: 지금 ${bits}.`,
  emptyChart: "학습을 누르고 이 곡선이 올라가는 것을 보세요.",
  standing: {
    start: "아직 아무것도 모릅니다. 찍는 수준입니다.",
    worse: (share, line) => `${share} 맞힘: 늘 가장 흔한 언어라고 하는 것(${line})보다 낫지 않습니다.`,
    chance: (share, line) =>
      `${share} 맞힘: 찍는 것보다 낫지만, 나이브 베이즈(${line})에는 아직 못 미칩니다.`,
    beaten: (share, line) =>
      `${share} 맞힘: 나이브 베이즈(${line})보다 높습니다. 이름에서 두 글자 짝보다 더 많은 것을 봅니다.`,
  },
  measured: (names) => `둘 다 검증에 남겨 둔 같은 이름 ${names}개로 잽니다.`,
  chartScore: (training, heldOut, updates) =>
    `갱신 ${updates}번 동안 맞힌 이름의 비율: 학습 ${training}, 검증 ${heldOut}.`,

  thinks: "어떻게 생각하는가",
  name: "이름이나 아무 낱말",
  namePlaceholder: (example) => `예를 들면 ${example}`,
  tryThese: "검증에 남겨 둔 이름으로 해 보기",
  isIn: (name, language) => `${name}: ${language}`,
  thought: (language, share) => `${language}, ${share}`,
  noReading: "신경망이 생기면 그 생각이 여기에 나타납니다.",
  beliefs: "신경망의 생각",
  probability: "확률",
  letterByLetter: "한 글자씩",
  letterHelp:
    "칸마다 그 글자까지 읽은 뒤의 생각입니다. 색이 짙을수록 확신하고, 테두리가 있는 칸이 고른 언어입니다.",
  changes: (steps) => `생각의 흐름: ${steps}.`,
  change: (beginning, language) => `“${beginning}” 뒤 ${language}`,

  confuses: "무엇을 헷갈리는가",
  confusesHelp:
    "한 줄은 검증에 남겨 둔 한 언어의 이름들이고, 숫자는 각 언어로 본 비율(%)입니다. 대각선이 맞힌 것입니다.",
  truth: "실제",
  taken: "신경망의 답",
  noConfusion: "신경망이 생기면 표가 나타납니다.",
  confusionOf: (names, share) => `검증 이름 ${names}개 가운데 ${share} 맞힘.`,
  worst: "가장 자주 헷갈린 것",
  mistake: (truth, taken, share) => `${truth} → ${taken}: ${share}`,
  mistaken: (example) => `예: “${example}”`,
  cell: (truth, taken, share, count) => `${truth}, 답은 ${taken}: ${share}, 이름 ${count}개`,

  timeHelp:
    "이름의 마지막 글자에서 생긴 오차가 그 앞의 글자마다 얼마나 강하게 전해지는지 보입니다. 마지막 글자의 상태만 보는 손실의 ‖∂L/∂hₜ‖를 지금의 신경망이 정방향으로 읽을 때 잰 것입니다. (실제로는 모든 글자의 평균으로 배우므로 글자마다 더 짧은 길이 있습니다.)",
  timeAxis: "손실에서 거슬러 올라간 글자",

  planHelp:
    "이름이 읽는 글자를 모두 채울 때 갱신 한 번에 실행하는 것으로, 라이브러리가 출력한 것입니다. 이름이 짧으면 덜 실행합니다. 여러 글자가 한 줄에 접혀 있습니다. 0..31은 글자마다 디스패치 하나입니다.",
  spared: (share) =>
    `끝난 이름에는 더는 계산하지 않습니다. 길이 덕분에 보통 갱신 한 번에 연산의 ${share}를 아낍니다. 위의 숫자는 아낀 뒤의 것입니다.`,
};
