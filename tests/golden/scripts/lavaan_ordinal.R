# Sample statistics of ordered items and their asymptotic covariance by lavaan.
#
# Rscript lavaan_ordinal.R mobi.csv mobi_miss.csv mobi_wt.csv hs_ord.csv > ../lavaan_ordinal.json
#
# The files are what tests/lavaan_studies.py returns for rows("mobi") and so on; they are
# not stored, as the answers are not ours. Nothing is fitted (do.fit = FALSE).

suppressMessages(library(lavaan))
library(jsonlite)

files <- commandArgs(trailingOnly = TRUE)
mobi <- read.csv(files[1])
holes <- read.csv(files[2])
weighted <- read.csv(files[3])
pupils <- read.csv(files[4])

five <- function(x) findInterval(x, c(5, 6, 7, 8), left.open = TRUE) + 1

mixed_items <- function(table) {
  data.frame(
    CUEX1 = table$CUEX1, CUSA1 = five(table$CUSA1), CUSA2 = table$CUSA2,
    IMAG1 = five(table$IMAG1), PERQ1 = as.integer(table$PERQ1 > 8), CUSL2 = table$CUSL2
  )
}

moments <- function(table, ordered, items = names(table), diagonal = FALSE, ...) {
  one_factor <- paste("F =~", paste(items, collapse = " + "))
  fit <- suppressWarnings(
    cfa(one_factor, table, ordered = ordered, estimator = "WLSMV", do.fit = FALSE, ...)
  )
  gamma <- unclass(lavInspect(fit, "gamma"))
  entry <- list(
    items = items, ordered = ordered, n = nobs(fit),
    names = rownames(gamma), statistics = unname(lavInspect(fit, "wls.obs"))
  )
  if (diagonal) entry$gamma_diagonal <- unname(diag(gamma)) else entry$gamma <- unname(gamma)
  entry
}

mixed <- c("CUSA1", "IMAG1", "PERQ1")
tests <- paste0("x", 1:9)
five_points <- as.data.frame(lapply(mobi, five))

# Nobody is in the cell (1, 1) of the first pair; made up.
two_by_two <- data.frame(
  a = rep(c(0, 0, 0, 1, 1), c(14, 9, 12, 7, 3)),
  b = rep(c(0, 1, 0, 0, 0), c(14, 9, 12, 7, 3)),
  c = rep(c(0, 1, 1, 0, 1), c(14, 9, 12, 7, 3))
)

out <- list(
  about = "sample statistics (thresholds, minus the means, variances, correlations and covariances) of ordered and mixed items, and n times their asymptotic covariance",
  study = "mobile phones: 250 customers (Tenenhaus et al. 2005); hs: 301 pupils (Holzinger and Swineford 1939); two_by_two: made up",
  oracle = paste("lavaan", packageVersion("lavaan"), "on", R.version.string),
  settings = "estimator = 'WLSMV', do.fit = FALSE; wls.obs and gamma of lavInspect; written by scripts/lavaan_ordinal.R",
  licence = "figures only; lavaan is under GPL (>= 2), none of its code is here",
  precision = "10 digits; correlations of lavaan settle to about 1e-7",
  cases = list(
    mobi = moments(mobi, names(mobi), diagonal = TRUE),
    mobi_ord5 = moments(five_points, names(mobi), diagonal = TRUE),
    hs_ord = moments(pupils[tests], tests, diagonal = TRUE),
    mixed = moments(mixed_items(mobi), mixed),
    mixed_weighted = moments(
      cbind(mixed_items(weighted), wt = weighted$wt), mixed, names(mixed_items(mobi)),
      sampling.weights = "wt"
    ),
    mixed_pairwise = moments(mixed_items(holes), mixed, missing = "pairwise"),
    two_by_two = moments(two_by_two, names(two_by_two))
  )
)
cat(toJSON(out, digits = I(10), auto_unbox = TRUE, matrix = "rowmajor", pretty = FALSE))
