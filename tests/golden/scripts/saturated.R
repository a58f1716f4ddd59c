# Saturated means and covariances of four items with holes, with and without two auxiliary
# items, and their sampling covariance, by lavaan.
# Rscript saturated.R rows.csv > ../saturated.json
# rows.csv: CUEX1 CUEX2 CUSA1 CUSA2 PERQ1 PERQ2 of the mobile-phone customers with holes, wt, clus
# (rows("mobi_miss") and rows("mobi_wt") of tests/lavaan_studies.py).

suppressMessages({
  library(lavaan)
  library(jsonlite)
})

answers <- read.csv(commandArgs(TRUE)[1])
items <- c("CUEX1", "CUEX2", "CUSA1", "CUSA2")
auxiliary <- c("PERQ1", "PERQ2")

saturated <- function(names) {
  pairs <- lapply(seq_along(names), function(i) {
    paste(names[i], "~~", paste(names[i:length(names)], collapse = " + "))
  })
  paste(c(unlist(pairs), paste(names, "~ 1")), collapse = "\n")
}

fit <- function(names, ...) {
  sem(saturated(names), answers, em.h1.tol = 1e-13, em.h1.iter.max = 5000,
      control = list(rel.tol = 1e-11), ...)
}

lower <- function(matrix) lapply(seq_len(nrow(matrix)), function(i) I(unname(matrix[i, 1:i])))

moments <- function(names) {
  found <- fit(names, missing = "ml")
  h1 <- lavInspect(found, "h1")
  list(names = names, mean = as.numeric(h1$mean), cov = lower(h1$cov),
       logl = unbox(as.numeric(fitMeasures(found, "unrestricted.logl"))))
}

errors <- function(...) {
  found <- fit(items, ...)
  labels <- c(paste0(items, "~1"), unlist(lapply(1:4, function(i) {
    paste0(items[i], "~~", items[i:4])
  })))
  lower(unclass(vcov(found))[labels, labels])
}

cat(toJSON(list(
  provenance = list(
    study = unbox("mobile-phone customers, 250 rows with holes"),
    oracle = unbox(paste("lavaan", packageVersion("lavaan"), "under", R.version.string)),
    settings = unbox("em.h1.tol 1e-13; missing, information, estimator as in saturated.R"),
    script = unbox("scripts/saturated.R"),
    licence = unbox("figures only; lavaan is GPL-2 or later; no answers of respondents"),
    precision = unbox("15 digits; moments and the two-stage errors to rounding, MLR to 1e-6")
  ),
  moments = list(
    without = moments(items),
    with = moments(c(items, auxiliary))
  ),
  vcov = list(
    observed = errors(missing = "two.stage"),
    expected = errors(missing = "two.stage", information = "expected"),
    sandwich = errors(missing = "robust.two.stage"),
    clusters = errors(missing = "robust.two.stage", cluster = "clus"),
    weights = errors(missing = "ml", estimator = "MLR", sampling.weights = "wt"),
    weights_clusters = errors(missing = "ml", estimator = "MLR", sampling.weights = "wt",
                              cluster = "clus")
  )
), digits = NA, pretty = FALSE), "\n")
