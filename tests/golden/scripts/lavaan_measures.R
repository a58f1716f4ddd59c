# Sampling covariances, difference tests and robust measures of ordered items, by lavaan.
# Rscript lavaan_measures.R rows.csv ordered.csv ../lavaan_measures.json
# rows.csv: the mobile-phone customers; ordered.csv: the same in five categories
# (rows("mobi") and rows("mobi_ord5") of tests/lavaan_studies.py).

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

files <- commandArgs(TRUE)
answers <- read.csv(files[1])
categories <- read.csv(files[2])
model <- "S =~ CUSA1 + CUSA2 + CUSA3
L =~ CUSL1 + CUSL2 + CUSL3"
equal <- sub("CUSA2 + CUSA3", "a * CUSA2 + a * CUSA3", model, fixed = TRUE)

run <- function(text, ...) cfa(text, ...)
lower <- function(matrix) lapply(seq_len(nrow(matrix)), function(i) I(unname(matrix[i, 1:i])))
parameters <- function(fit) {
  table <- parTable(fit)
  table <- table[!table$op %in% c("==", "~*~") & !(table$op == "~1" & table$est == 0), ]
  as.list(table[c("lhs", "op", "rhs", "label", "free", "est")])
}
figures <- function(fit) list(parameters = parameters(fit), fit = as.list(fitMeasures(fit)))

three <- function(...) {
  run("S =~ CUSA1 + CUSA2 + CUSA3", data = answers, estimator = "MLM", meanstructure = TRUE, ...)
}
gamma <- function(...) lower(unclass(lavInspect(three(...), "gamma")))

free <- run(model, data = answers, estimator = "MLM")
restricted <- run(equal, data = answers, estimator = "MLM")
difference <- function(one, other, ...) {
  table <- lavTestLRT(one, other, ...)
  list(statistic = table[2, "Chisq diff"], df = table[2, "Df diff"], p = table[2, "Pr(>Chisq)"])
}

ordered <- run(model, data = categories, ordered = TRUE, estimator = "WLSMV")
ordered_equal <- run(equal, data = categories, ordered = TRUE, estimator = "WLSMV")

out <- list(
  study = "ECSI mobile-phone study: 250 customers. Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005), CSDA 48(1), 159-205, doi:10.1016/j.csda.2004.03.005",
  oracle = "lavaan 0.6-14 under R 4.2.2, default settings; printed with 15 digits",
  script = "scripts/lavaan_measures.R",
  licence = "figures only: numbers that GPL-licensed software computed, none of its code; no answers",
  model = strsplit(model, "\n")[[1]],
  gamma = list(
    items = c("CUSA1", "CUSA2", "CUSA3"),
    biased = gamma(),
    unbiased = gamma(gamma.unbiased = TRUE)
  ),
  MLM = figures(free),
  MLM_equal = figures(restricted),
  difference = list(
    satorra.bentler.2001 = difference(free, restricted, method = "satorra.bentler.2001"),
    satorra.bentler.2010 = difference(free, restricted, method = "satorra.bentler.2010"),
    satorra.2000 = difference(free, restricted, method = "satorra.2000", scaled.shifted = FALSE)
  ),
  WLSMV = c(figures(ordered), list(
    polychoric = lower(unclass(lavInspect(ordered, "sampstat")$cov)),
    gamma = lower(unclass(lavInspect(ordered, "gamma")))
  )),
  WLSMV_equal = figures(ordered_equal),
  WLSMV_difference = difference(ordered, ordered_equal)
)
write_json(out, files[3], digits = I(15), auto_unbox = TRUE, na = "null")
