"""How the district's organisations are doing (党建亮绩效): indicators, periods, boards, scores, appeals and appraisals."""
