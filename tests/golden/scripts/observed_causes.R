# Observed causes, observed outcomes and parts of second-order constructs by lavaan.
# Rscript observed_causes.R pupils.csv ../observed_causes.json
# pupils.csv: rows("hs") of tests/lavaan_studies.py

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

files <- commandArgs(TRUE)
pupils <- read.csv(files[1])
measured <- "visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9"
models <- list(
  causes = paste(measured, "visual ~ ageyr + sex", "speed ~ visual + textual + sex", sep = "\n"),
  parts = paste(measured, "general =~ visual + textual + speed", "visual ~ ageyr", "speed ~ sex", sep = "\n"),
  outcome = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nx9 ~ visual + textual"
)
run <- function(model, ...) sem(models[[model]], data = pupils, control = list(rel.tol = 1e-10), ...)
figures <- function(fit) {
  table <- parameterEstimates(fit)
  table <- table[!(table$op %in% c("==")), c("lhs", "op", "rhs", "est", "se")]
  list(parameters = as.list(table), fit = as.list(unclass(fitMeasures(fit))))
}
methods <- list(
  ML = list(estimator = "ML"), MLR = list(estimator = "MLR"), MLM = list(estimator = "MLM"),
  MLMV = list(estimator = "MLMV", meanstructure = TRUE), MLF = list(estimator = "MLF"),
  wishart = list(estimator = "ML", likelihood = "wishart")
)
found <- lapply(methods, function(args) figures(do.call(run, c("causes", args))))
z <- lavResiduals(run("causes"), type = "raw")$cov.z
outcome <- run("outcome", meanstructure = TRUE)
scores <- lapply(c(regression = "regression", bartlett = "Bartlett"), function(method) {
  unname(unclass(lavPredict(outcome, method = method))[1:8, c("visual", "textual")])
})
out <- list(
  study = "Holzinger and Swineford (1939): 301 pupils, 9 tests, age and sex",
  oracle = paste("lavaan", packageVersion("lavaan"), "under R", getRversion(), "with rel.tol 1e-10"),
  script = "scripts/observed_causes.R",
  licence = "figures only: numbers that GPL-licensed software computed, none of its code; no answers",
  printed_precision = "15 digits",
  models = models, fits = found, parts = figures(run("parts")),
  residuals = list(rows = rownames(z), columns = colnames(z), values = unname(unclass(z))), scores = scores
)
write(toJSON(out, digits = I(15), auto_unbox = TRUE, na = "null"), files[2])
