# Scores and reliabilities of the Holzinger-Swineford tests by lavaan, semTools and psych.
#
#   Rscript scores_reliability.R HS.CSV HS_MISS.CSV HS_ORD.CSV OUT.JSON
#
# The files hold the 301 rows as tests/lavaan_studies.py gives them.
suppressMessages({library(lavaan); library(semTools); library(psych); library(jsonlite)})

files <- commandArgs(TRUE)
complete <- read.csv(files[1])
holes <- read.csv(files[2])
four <- read.csv(files[3])

three <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
crossed <- paste0(three, " + x3\nx1 ~~ x2")
second <- paste0(three, "\ngeneral =~ visual + textual + speed")
bifactor <- paste0("general =~ ", paste0("x", 1:9, collapse = " + "), "\n", three)

matrices <- function(fit) {
  est <- lavInspect(fit, "est")
  found <- list(L = est$lambda, Psi = lavInspect(fit, "cov.lv"), Theta = est$theta,
                Sigma = fitted(fit)$cov, S = fit@h1$implied$cov[[1]])
  if (!is.null(est$beta)) found <- c(found, list(B = est$beta, residual = est$psi))
  if (!is.null(est$nu)) found <- c(found, list(nu = est$nu[, 1], alpha = est$alpha[, 1]))
  lapply(found, unclass)
}
plain <- cfa(three, complete)
fiml <- cfa(three, holes, missing = "ml")
cross <- cfa(crossed, complete)
higher <- cfa(second, complete)
both <- cfa(bifactor, complete, orthogonal = TRUE, std.lv = TRUE)
one <- cfa("textual =~ x4 + x5 + x6", complete)
ordinal <- cfa(three, four, ordered = paste0("x", 1:9), estimator = "WLSMV")

some <- which(rowSums(is.na(holes[paste0("x", 1:9)])) > 0)[1:12]
scores <- function(fit, method, ...) unclass(lavPredict(fit, method = method, ...))
spread <- function(fit, method) unclass(attr(lavPredict(fit, method = method, acov = TRUE, se = TRUE), "acov")[[1]])

std <- lavInspect(plain, "std.all")
R <- cov2cor(fitted(plain)$cov)
by_psych <- function(method) {
  found <- factor.scores(R, unclass(std$lambda), Phi = unclass(std$psi), method = method)
  list(weights = found$weights, R2 = as.numeric(found$R2))
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))
out <- list(
  study = paste("Holzinger and Swineford (1939), nine tests of 301 pupils, as in lavaan; with holes",
                "and cut into four ordered answers as tests/lavaan_studies.py has them"),
  oracle = paste0("lavaan ", packageVersion("lavaan"), ", semTools ", packageVersion("semTools"),
                  ", psych ", packageVersion("psych"), ", R ", getRversion(),
                  "; default settings; 15 digits"),
  licence = "figures only: numbers that GPL-licensed packages computed, none of their code",
  script = "scripts/scores_reliability.R",
  three = c(matrices(plain), list(
    acov_regression = spread(plain, "regression"), acov_Bartlett = spread(plain, "Bartlett"),
    loadings = unclass(std$lambda), correlations = unclass(std$psi), R = unclass(R),
    Thurstone = by_psych("Thurstone"), tenBerge = by_psych("tenBerge"),
    Bartlett = by_psych("Bartlett"), total = quiet(semTools::reliability(plain, return.total = TRUE)))),
  fiml = c(matrices(fiml), list(rows = some - 1,
    regression = scores(fiml, "regression")[some, ], Bartlett = scores(fiml, "Bartlett")[some, ])),
  crossed = c(matrices(cross), list(reliability = quiet(semTools::reliability(cross)))),
  second = c(matrices(higher), list(
    L2 = reliabilityL2(higher, "general"),
    higher = as.numeric(quiet(compRelSEM(higher, higher = "general"))["general"]))),
  bifactor = c(matrices(both), list(reliability = quiet(semTools::reliability(both, return.total = TRUE)))),
  one = c(matrices(one), list(maximal = as.numeric(maximalRelia(one)))),
  ordinal = list(
    L = unclass(lavInspect(ordinal, "est")$lambda), Psi = unclass(lavInspect(ordinal, "cov.lv")),
    Sigma = unclass(fitted(ordinal)$cov), S = unclass(lavInspect(ordinal, "sampstat")$cov),
    thresholds = matrix(lavInspect(ordinal, "est")$tau, 9, byrow = TRUE),
    reliability = quiet(semTools::reliability(ordinal)))
)
write_json(out, files[4], digits = NA, auto_unbox = TRUE, matrix = "rowmajor", na = "null")
