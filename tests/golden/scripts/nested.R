# Tests of restrictions by lavaan: likelihood ratios, Wald, scores, modification indices.
# Rscript nested.R pupils.csv ../nested.json
# pupils.csv: rows("hs") of tests/lavaan_studies.py

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

files <- commandArgs(TRUE)
pupils <- read.csv(files[1])
free <- "visual =~ x1 + a*x2 + b*x3
textual =~ x4 + c*x5 + d*x6
speed =~ x7 + e*x8 + f*x9"
equal <- "visual =~ x1 + a*x2 + a*x3
textual =~ x4 + c*x5 + c*x6
speed =~ x7 + e*x8 + f*x9"
curved <- paste(free, "a + b == 1.4", "d == c*c/1.2", sep = "\n")
causes <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
textual ~ visual + x7 + x8
x1 ~~ 0*x2"

run <- function(text, ...) sem(text, data = pupils, ...)
difference <- function(estimator, method, ...) {
  found <- suppressWarnings(lavTestLRT(run(free, estimator = estimator), run(equal, estimator = estimator), method = method, ...))
  as.list(unlist(found[2, c("Chisq diff", "Df diff", "Pr(>Chisq)")]))
}
methods <- c("default", "satorra.bentler.2001", "satorra.bentler.2010")
ratios <- lapply(c(ML = "ML", MLM = "MLM", MLR = "MLR"), function(e) {
  lapply(setNames(methods, methods)[if (e == "ML") 1 else 1:3], function(m) difference(e, m))
})
ratios$MLMV <- list(default = difference("MLMV", "satorra.2000", A.method = "exact"))
ratios$MLM$satorra.2000 <- difference("MLM", "satorra.2000", scaled.shifted = FALSE, A.method = "exact")
wald <- lapply(c(ML = "ML", MLR = "MLR"), function(e) {
  lavTestWald(run(free, estimator = e), "a == b\nc*d == 1.1")[c("stat", "df", "p.value")]
})
scores <- lapply(list(equal = equal, curved = curved), function(text) {
  found <- lavTestScore(run(text))
  list(total = found$test$X2, df = found$test$df, single = found$uni$X2)
})
robust <- lapply(c(MLM = "MLM", MLR = "MLR"), function(e) {
  fit <- run(curved, estimator = e)
  table <- parTable(fit)
  table <- table[table$op != "==", ]
  list(
    parameters = as.list(table[c("lhs", "op", "rhs", "est", "se")]),
    fit = as.list(fitMeasures(fit, c("df", "chisq", "chisq.scaled", "chisq.scaling.factor", "cfi.robust", "rmsea.robust")))
  )
})
indices <- modindices(run(causes))
indices$power <- modindices(run(causes), power = TRUE)$power

out <- list(
  study = "Holzinger and Swineford (1939): 301 pupils, 9 tests",
  oracle = paste("lavaan", packageVersion("lavaan"), "under R", getRversion(), "with default settings"),
  script = "scripts/nested.R",
  licence = "figures only: numbers that GPL-licensed software computed, none of its code; no answers",
  printed_precision = "15 digits",
  models = list(free = free, equal = equal, curved = curved, causes = causes),
  wald_of = "a == b\nc*d == 1.1",
  ratios = ratios, wald = wald, scores = scores, robust = robust, indices = as.list(indices)
)
cat(toJSON(out, digits = I(15), auto_unbox = TRUE, na = "null", pretty = FALSE), "\n", file = files[2])
